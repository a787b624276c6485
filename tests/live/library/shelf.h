/*
 * The rows that tests of loading read, and short ways to write queries.
 */
#ifndef TESTS_LIVE_SHELF_H
#define TESTS_LIVE_SHELF_H

#include "library.h"

#define AUTHORS(...) (&(library_author_query){ __VA_ARGS__ })
#define BOOKS(...)   (&(library_book_query){ __VA_ARGS__ })
#define TAGS(...)    (&(library_tag_query){ __VA_ARGS__ })
#define COUNTRY(...) (&(library_country_query){ __VA_ARGS__ })
#define PROFILE(...) (&(library_profile_query){ __VA_ARGS__ })
#define SERIES(...)  (&(library_series_query){ __VA_ARGS__ })
#define MEMBERS(...) (&(library_membership_query){ __VA_ARGS__ })
#define AUTHOR_ALL   (&(library_author_query){ .limit = 0 })
#define BOOK_ALL     (&(library_book_query){ .limit = 0 })
#define TAG_ALL      (&(library_tag_query){ .limit = 0 })
#define COUNTRY_ALL  (&(library_country_query){ .limit = 0 })
#define PROFILE_ALL  (&(library_profile_query){ .limit = 0 })
#define SERIES_ALL   (&(library_series_query){ .limit = 0 })
#define LOAN_ALL     (&(library_loan_query){ .limit = 0 })
#define MEMBER_ALL   (&(library_membership_query){ .limit = 0 })
#define CLUB_ALL     (&(library_club_query){ .limit = 0 })

/*
 * Authors 1 Ann (de), 2 Bob (se, mentor Ann), 3 Cid (no country, mentor Ann), 4 Dot (de, mentor
 * Bob). Books 1 Alpha (Ann, editor Bob, Owl 1), 2 Beta (Ann), 3 Gamma (Bob, editor Ann, Owl 2), 4
 * Delta (Cid, editor Ann, Owl 1). Tags 1 new (Alpha, Gamma), 2 sale (Alpha, Beta), 3 rare; new and
 * sale are similar. Profiles of Ann and Cid. Clubs 1 chess (Ann twice, Bob), 2 go.
 */
int shelf_fill(void **state);
/* The first letters of the rows' titles, or labels, in their order. */
void shelf_titles_are(library_book_list books, const char *letters);
void shelf_labels_are(library_tag_list tags, const char *letters);
/* Nobody else uses the database: no connection is in a transaction once all is over. */
void shelf_expect_no_transactions(struct library *library);

#endif
