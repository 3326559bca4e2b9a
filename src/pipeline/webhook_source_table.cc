#include "pipeline/tables.h"

namespace headrace::pipeline {

Table WebhookSourceTable() {
  return {
      .name = "webhook",
      .title = "sources.NAME.webhook",
      .description =
          "Takes what others send by `POST`, as JSON. The answer is 202 when the records are in "
          "the "
          "log, synced. A sender shows a token or signs the body; neither is needed on a loopback "
          "address.",
      .fields = {
          TextField("listen", &WebhookSource::listen,
                    "Address and port to listen on, HTTP. For TLS put a proxy in front.",
                    "127.0.0.1:8080")
              .Required(),
          [] {
            Field path =
                TextField("path", &WebhookSource::path, "The path that is answered.", "/orders");
            path.default_text = WebhookSource{}.path;
            return path;
          }(),
          TextField("records", &WebhookSource::records,
                    "JSON Pointer (RFC 6901) to the array of records in a body. Without it: the "
                    "whole body, an array or one record.",
                    "/events"),
          SecretField("bearer_token", &WebhookSource::bearer_token,
                      "What a sender shows as `Authorization: Bearer`.", "${WEBHOOK_TOKEN}"),
          SecretField("hmac_secret", &WebhookSource::hmac_secret,
                      "The key with which a sender signs the body: HMAC-SHA256, in hexadecimal "
                      "digits (after `sha256=` or not) or base64.",
                      "{file: /run/secrets/webhook}"),
          [] {
            Field header =
                TextField("signature_header", &WebhookSource::signature_header,
                          "The header that holds the signature.", "X-Shopify-Hmac-Sha256");
            header.default_text = WebhookSource{}.signature_header;
            return header;
          }(),
          TextField("id_header", &WebhookSource::id_header,
                    "The header that holds a request's identity: one that was taken already is "
                    "answered with 202 and not taken again. A request without it is refused.",
                    "Idempotency-Key"),
          IntegerField("ids_remembered", &WebhookSource::ids_remembered,
                       "How many of the last records are remembered by the identity of their "
                       "request.",
                       "1000000")
              .Between(1, 10'000'000),
          SizeField("body_size_max", &WebhookSource::body_bytes_max,
                    "A larger body is refused with 413.", "16 MiB")
              .Between(1, 64 << 20),
          SizeField("pending_size_max", &WebhookSource::pending_bytes_max,
                    "While bodies of so many bytes wait for the log, more are refused with 429.",
                    "256 MiB")
              .Between(1, int64_t{1} << 34),
      }};
}

}  // namespace headrace::pipeline
