"""Django's ORM, called as it is: one query at a time.

64 in flight it does not do: four threads, each with a connection, wait for one get each.
"""

import common
import store_django


def many(items):
    rows = [store_django.get(item) for item in items]
    store_django.connections.close_all()
    return rows


def run(server, case, work):
    store_django.connect(server)
    if case == "get-64-on-4":
        work.run_threads([many] * common.CONNECTIONS)
    else:
        work.run(store_django.CASES[case])


common.main(store_django.VERSION, run, store_django.row_of)
