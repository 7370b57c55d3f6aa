// A client in C: makes a user, posts a message to itself from a second device, receives and acks
// it.
//
//   client ADDRESS      of a running relay: tcp://HOST:PORT, tls://HOST:PORT, unix:///PATH
#include <mnm/mnm_client.h>
#include <stdio.h>
#include <string.h>

enum { kTimeout_ms = 15000 };

// Ends with the code of a call that failed.
#define TRY(client, call)                                        \
  do {                                                           \
    int code_ = (call);                                          \
    if (code_ != MNM_OK) {                                       \
      fprintf(stderr, "client: %s\n", mnm_client_error(client)); \
      return code_;                                              \
    }                                                            \
  } while (0)

// Its next delivery, acked; notices of one's own account are acked on the way.
static int take_delivery(mnm_client* client) {
  mnm_message message;
  for (;;) {
    TRY(client, mnm_client_receive(client, &message, kTimeout_ms));
    if (message.id == NULL) continue;
    int found = strcmp(message.op, "delivery") == 0;
    if (found) {
      printf("received %s from %s: %.*s\n", message.id, message.from, (int)message.body_size,
             (const char*)message.body);
    }
    TRY(client, mnm_client_ack(client, message.id));
    if (found) return MNM_OK;
  }
}

static int converse(mnm_client* phone, mnm_client* desk, const char* address) {
  mnm_identity on_phone;
  mnm_identity on_desk;
  TRY(phone, mnm_client_connect(phone, address, kTimeout_ms));
  TRY(phone, mnm_client_register(phone, "phone", NULL, NULL, &on_phone, kTimeout_ms));
  TRY(phone, mnm_client_node_add(phone, "desk", &on_desk, kTimeout_ms));
  printf("registered %s, nodes %u and %u\n", on_phone.uid, on_phone.number, on_desk.number);

  TRY(desk, mnm_client_connect(desk, address, kTimeout_ms));
  TRY(desk, mnm_client_login(desk, on_desk.uid, on_desk.password, kTimeout_ms));

  const char text[] = "Buy milk.";
  mnm_post post = {0};  // to nobody: one's own other devices get it
  post.body = text;
  post.body_size = strlen(text);
  char id[MNM_ID_SIZE];
  TRY(phone, mnm_client_post(phone, &post, id, kTimeout_ms));
  printf("posted %s\n", id);

  int code = take_delivery(desk);
  if (code != MNM_OK) return code;
  TRY(desk, mnm_client_quit(desk));
  TRY(phone, mnm_client_quit(phone));
  return MNM_OK;
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: client ADDRESS\n");
    return MNM_USAGE;
  }
  mnm_client* phone = mnm_client_new();
  mnm_client* desk = mnm_client_new();
  int code = phone != NULL && desk != NULL ? converse(phone, desk, argv[1]) : MNM_UNAVAILABLE;
  mnm_client_free(desk);
  mnm_client_free(phone);
  return code;
}
