"""Django's ORM from coroutines, as its documentation says: each query hops to a thread and back.

64 in flight are 64 coroutines; the thread, and so the connection, is one.
"""

import common
import store_django

asgiref = common.need("asgiref.sync", "python3-asgiref")


def run(server, case, work):
    store_django.connect(server)
    one = asgiref.sync_to_async(store_django.CASES[case])
    in_flight = common.IN_FLIGHT if case == "get-64-on-4" else 1
    common.asyncio.run(work.run_async(one, in_flight))


common.main(store_django.VERSION, run, store_django.row_of)
