// mnm_client.h: a client of an mnm relay, for C and whatever can call C (libmnm-client).
//
// A handle is one node (device) of a user over one link. Use it from one thread at a time;
// different handles are independent. Every call blocks, at most about as long as its timeout says,
// and returns a code: MNM_OK, or what went wrong, with the words in mnm_client_error(). Nothing is
// thrown, no signal is raised (SIGPIPE is kept away), nothing is printed, no memory is handed over:
// what a call gives lies in the handle, until the next call with it.
//
// After MNM_UNAVAILABLE, MNM_DENIED or MNM_UNKNOWN_FORMAT the link is closed, unless
// mnm_client_retry_after() says otherwise: connect and log in again. Whatever was not acked comes
// again then, so a message may come more than once (its id tells), and never too seldom.
//
// Timeouts are in milliseconds; 0 doesn't wait, a negative one waits for as long as it takes. Texts
// are UTF-8 that ends with a zero; sizes are in octets.
#ifndef MNM_CLIENT_H
#define MNM_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MNM_API __attribute__((visibility("default")))
#else
#define MNM_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

// The same numbers as the exit codes of mnm's programs.
enum mnm_code {
  MNM_OK = 0,
  MNM_NEGATIVE = 1,     // the answer is no: refused by the relay, or nothing came in time
  MNM_USAGE = 2,        // an argument that can't be, or a call out of turn
  MNM_CORRUPTION = 3,   // relay: the log is damaged
  MNM_TAMPERING = 4,    // relay: the log was changed
  MNM_UNAVAILABLE = 5,  // nobody there, the link broke, no answer in time, in use, out of memory
  MNM_DENIED = 6,  // wrong user or password, a certificate not to be trusted, sent away: another
                   // login took the node over
  MNM_UNKNOWN_FORMAT = 7,  // the other side speaks something else
  MNM_INTERRUPTED = 8
};

// What texts need, with the zero at the end.
#define MNM_ID_SIZE 17
#define MNM_UID_SIZE 33
#define MNM_PASSWORD_SIZE 41

typedef struct mnm_client mnm_client;

// The version of the library, as "0.1.0".
MNM_API const char* mnm_client_version(void);

// NULL when there is no memory.
MNM_API mnm_client* mnm_client_new(void);
// Closes the link. NULL is ignored.
MNM_API void mnm_client_free(mnm_client* client);
// What the last call with it complained of, for people; "" after MNM_OK.
MNM_API const char* mnm_client_error(const mnm_client* client);
// After MNM_UNAVAILABLE: seconds after which the relay takes the request; nothing was done, and the
// link stays. 0: it did not say so, and whether a request was carried out is unknown.
MNM_API unsigned mnm_client_retry_after(const mnm_client* client);

// ---- links ---------------------------------------------------------------------------------

// Authorities for tls://, a file in PEM. NULL: the system's. For the next connect.
MNM_API int mnm_client_set_ca_file(mnm_client* client, const char* path);
// Bodies up to this size are kept whole in memory (default 16 MiB); longer ones are passed over and
// stay on the relay. For the next connect.
MNM_API int mnm_client_set_body_max(mnm_client* client, uint64_t size);
// Where longer bodies go, as they come. Called from within whichever call meets one: post() and
// ack() read what comes meanwhile. The message itself comes with receive(), after its body.
typedef struct mnm_sink {
  void* context;
  // One begins, of `size` octets: of the message `id`, whose header is `header`. Not 0: it isn't
  // wanted, and stays on the relay. NULL: all are wanted.
  int (*begin)(void* context, const char* id, const char* header, uint64_t size);
  // Its next octets. Not 0: no more of it is wanted.
  int (*write)(void* context, const void* octets, size_t size);
  // After each that was wanted. `whole` 0: not all of it came, or was wanted. May be NULL.
  void (*end)(void* context, int whole);
} mnm_sink;
// NULL: none. `sink` is copied.
MNM_API int mnm_client_set_sink(mnm_client* client, const mnm_sink* sink);
// `address`: tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH. Closes the link there was.
MNM_API int mnm_client_connect(mnm_client* client, const char* address, int timeout_ms);
// The same over a stream socket that is connected already, as an embedded relay gives. It is the
// handle's from now on, whatever is returned.
MNM_API int mnm_client_adopt(mnm_client* client, int socket);
// For poll(): when it is readable, mnm_client_receive() may find something. Call that with a
// timeout of 0 until it finds nothing, before polling. -1 without a link.
MNM_API int mnm_client_fd(const mnm_client* client);
// Says goodbye, waits until the relay has said so too (at most 2 s), closes.
MNM_API int mnm_client_quit(mnm_client* client);

// ---- who one is: the first call after connect ------------------------------------------------

// What a node logs in with. The password is a secret of 200 bits; the relay doesn't know it.
typedef struct mnm_identity {
  char uid[MNM_UID_SIZE];
  char password[MNM_PASSWORD_SIZE];
  uint32_t number;  // of the node: 1, 2, ... of this user
} mnm_identity;

// Makes a user with one node, and is logged in. `alias` may be NULL. `id_token`: a third party's
// word, where the relay wants one; else NULL. MNM_NEGATIVE: the user exists and is logged in, and
// `identity` is set, but the alias was refused. Not to be repeated blindly: a lost answer leaves a
// user that nobody knows of, which does no harm.
MNM_API int mnm_client_register(mnm_client* client, const char* node_name, const char* alias,
                                const char* id_token, mnm_identity* identity, int timeout_ms);
// MNM_DENIED: no such user, node or password. Logs off whoever is logged in as the same node.
MNM_API int mnm_client_login(mnm_client* client, const char* uid, const char* password,
                             int timeout_ms);

// ---- messages --------------------------------------------------------------------------------

enum mnm_target_type {
  MNM_USER = 1,   // `id` is a uid
  MNM_GROUP = 2,  // `id` is a group; oneself included
  MNM_GROUP_WITHOUT_SELF = 3
};
typedef struct mnm_target {
  const char* id;
  int type;
} mnm_target;

// A message to be. Set it to zeros first.
typedef struct mnm_post {
  const mnm_target* to;
  size_t to_count;  // 0: for one's own other nodes alone
  const void* body;
  size_t body_size;
  // NULL: made up, and not to be repeated. Else a text that this node uses for this post alone:
  // with it, and `retry` not 0, a post whose outcome is unknown can be repeated after a new login;
  // the relay answers what it has done already and doesn't do it twice.
  const char* request_id;
  int retry;
  // Instead of `body`, which is NULL then: called until it has given all of `read_size` octets,
  // each time at most `size` of them into `into`; returns how many. 0: it can't; the link is
  // closed, and nothing was stored. The timeout is that of the answer; a body takes as long as it
  // takes.
  size_t (*read)(void* context, void* into, size_t size);
  void* read_context;
  uint64_t read_size;
} mnm_post;

// MNM_OK: the message is on the relay's disk, and will be delivered. `id` may be NULL.
MNM_API int mnm_client_post(mnm_client* client, const mnm_post* post, char id[MNM_ID_SIZE],
                            int timeout_ms);
// At most 140 characters to whom one knows by an alias; `from` is one's own. `id` may be NULL.
MNM_API int mnm_client_ping(mnm_client* client, const char* from, const char* to, const char* text,
                            char id[MNM_ID_SIZE], int timeout_ms);

// What came. Texts that a message doesn't have are NULL. All of it holds until the next call.
typedef struct mnm_message {
  const char* op;      // delivery, ping, invite, member, account, login, ohiedit, undelivered, ohi
  const char* id;      // to be acked; NULL for ohi, which is not kept for anybody
  const char* from;    // uid; of a ping the alias
  const char* uid;     // of a ping: whose that alias is
  const char* to;      // ping, invite: the alias that it was for
  const char* gid;     // invite, member: the group
  const char* alias;   // invite, member
  const char* act;     // member: invite, join, alias or drop
  const char* posted;  // YYYY-MM-DDTHH:MM:SS.mmmZ
  int status;          // ohi: 1 came, 2 went
  const char* header;  // JSON, as it came: all fields
  const void* body;
  size_t body_size;
  // 0: longer than mnm_client_set_body_max allows, and not here. Don't ack it, unless it was
  // streamed.
  int body_whole;
  int body_streamed;  // it went into the sink, all of it
} mnm_message;

// MNM_NEGATIVE: nothing came in time; a body that has begun is read to its end, however long that
// takes. What came is kept by the relay until it is acked, and comes
// again after the next login if it isn't.
MNM_API int mnm_client_receive(mnm_client* client, mnm_message* message, int timeout_ms);
// Done with it. The relay forgets its copy for this node; when all have acked, the message.
MNM_API int mnm_client_ack(mnm_client* client, const char* id);
// Keeps a link alive where the relay, or something between, ends idle ones.
MNM_API int mnm_client_pulse(mnm_client* client);

// ---- groups, names, nodes, presence ------------------------------------------------------------

// The first invitation makes the group. `from`: one's own alias; `to`: whose; `text` may be NULL.
MNM_API int mnm_client_group_invite(mnm_client* client, const char* gid, const char* from,
                                    const char* to, const char* text, int timeout_ms);
// `alias`: as whom, if not the one that was invited; may be NULL.
MNM_API int mnm_client_group_join(mnm_client* client, const char* gid, const char* alias,
                                  int timeout_ms);
MNM_API int mnm_client_group_alias(mnm_client* client, const char* gid, const char* alias,
                                   int timeout_ms);
// `member`: one's own alias there leaves; another's is barred.
MNM_API int mnm_client_group_drop(mnm_client* client, const char* gid, const char* member,
                                  int timeout_ms);

// 8 octets or more. `once` not 0: the first ping or invite that reaches it retires it.
MNM_API int mnm_client_alias_add(mnm_client* client, const char* alias, int once, int timeout_ms);
// Nobody gets it again.
MNM_API int mnm_client_alias_drop(mnm_client* client, const char* alias, int timeout_ms);

// Another device, which begins with a copy of what waits for this one.
MNM_API int mnm_client_node_add(mnm_client* client, const char* node_name, mnm_identity* identity,
                                int timeout_ms);
// Ends a node: its link, its queue, its password.
MNM_API int mnm_client_node_drop(mnm_client* client, uint32_t number, int timeout_ms);
// Refuses that a node be dropped.
MNM_API int mnm_client_node_keep(mnm_client* client, uint32_t number, int timeout_ms);

enum mnm_presence { MNM_OHI_INIT = 0, MNM_OHI_ADD = 1, MNM_OHI_DROP = 2 };
// Whom to tell that one is there, for as long as the link lasts: begin with this list, add, take
// off.
MNM_API int mnm_client_presence(mnm_client* client, int act, const char* const* uids, size_t count,
                                int timeout_ms);

#ifdef __cplusplus
}
#endif
#endif
