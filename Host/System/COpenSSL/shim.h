/*
 * OpenSSL's libcrypto for Swift: the headers that signatures need, and what Swift cannot import from them: macros over
 * its lists and streams.
 */
#ifndef GANTRY_COPENSSL_SHIM_H
#define GANTRY_COPENSSL_SHIM_H

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* Lists of certificates. */
static inline STACK_OF(X509) *gantry_certificates_new(void) { return sk_X509_new_null(); }
static inline int gantry_certificates_count(const STACK_OF(X509) *list) { return list ? sk_X509_num(list) : 0; }
static inline X509 *gantry_certificates_at(const STACK_OF(X509) *list, int index) { return sk_X509_value(list, index); }
/* Frees the list and gives back what it holds of each certificate. */
static inline void gantry_certificates_free(STACK_OF(X509) *list) { sk_X509_pop_free(list, X509_free); }

/* The signers of a message; the list belongs to the message. */
static inline int gantry_signers_count(CMS_ContentInfo *message) {
    STACK_OF(CMS_SignerInfo) *list = CMS_get0_SignerInfos(message);
    return list ? sk_CMS_SignerInfo_num(list) : 0;
}
static inline CMS_SignerInfo *gantry_signers_at(CMS_ContentInfo *message, int index) {
    return sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(message), index);
}

/* What was written to a stream in memory; the bytes belong to the stream. */
static inline long gantry_stream_bytes(BIO *stream, const unsigned char **out_bytes) {
    char *bytes = NULL;
    long count = BIO_get_mem_data(stream, &bytes);
    *out_bytes = (const unsigned char *)bytes;
    return count;
}

/* A name on one line, the most general part first, with everything escaped that could break the line. */
static inline int gantry_name_print(BIO *stream, const X509_NAME *name) {
    return X509_NAME_print_ex(stream, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
}

static inline void gantry_openssl_free(void *memory) { OPENSSL_free(memory); }

#endif
