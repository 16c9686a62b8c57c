/*
 * gantry/mail.h: table "gantry.mail", revision 1, implemented by the host: mail. Needs the capabilities `mail` and
 * `jobs`, and the section `mail` of the manifest, which holds the templates.
 *
 * A mail is a job of the host's in the instance's own database: it exists exactly when the transaction is committed, is
 * tried again with growing waits while the operator's mail server does not take it, and is seen and repeated among the
 * jobs, under the name `gantry.mail`. Its Message-ID is the same in every attempt. Where the operator has set up no
 * mail server, it is dropped with a line in the log.
 */
#ifndef GANTRY_MAIL_H
#define GANTRY_MAIL_H

#include "base.h"

#define GANTRY_MAIL_ID "gantry.mail"

/* Codes of the error record. */
enum gantry_mail_fault_v1 {
    GANTRY_MAIL_ADDRESS = 1,   /* with GANTRY_E_INVALID: `to` or `reply_to` is no address */
    GANTRY_MAIL_TEMPLATE = 2,  /* with GANTRY_E_INVALID: no such template, or it lacks a variable */
    GANTRY_MAIL_TOO_LARGE = 3, /* with GANTRY_E_LIMIT: the finished mail is larger than 256 KiB */
    GANTRY_MAIL_WAITING = 4    /* with GANTRY_E_LIMIT: as many mails of the instance wait as may */
};

/* What is to be sent, to one person. */
typedef struct gantry_mail_order_v1 {
    gantry_str_v1 template_name; /* stands under `mail.templates` of the manifest */
    gantry_str_v1 to;            /* one address, `name@host.example`, at most 254 bytes */
    gantry_str_v1 reply_to;      /* one address; empty for none */
    gantry_str_v1 user;          /* id of the user on whose behalf it is sent; empty when unknown */
    gantry_str_v1 variables;     /* JSON object; its members are texts, numbers, flags or null */
} gantry_mail_order_v1;

typedef struct gantry_mail_v1 {
    /*
     * Fills the template in and queues the mail with the transaction. Line ends and other control characters of a
     * variable become spaces where it stands in the subject, and what is special in HTML is escaped where it stands in
     * a template's HTML, so that nobody writes headers or markup through a variable.
     */
    int32_t (*send)(const gantry_call_v1 *call, uint64_t transaction,
                    const gantry_mail_order_v1 *mail GANTRY_BORROWED,
                    gantry_error_v1 *error) GANTRY_THREAD(transaction);
} gantry_mail_v1;

#endif
