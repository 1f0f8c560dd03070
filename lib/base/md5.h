/* md5.h - the digest by which extended XMP is named; no use for secrets. */
#ifndef AE_BASE_MD5_H
#define AE_BASE_MD5_H

#include "base/base.h"

/* 32 capital hexadecimal digits and a zero. */
void ae_md5_hex(const void *bytes, size_t n, char out[33]);

#endif
