// Package smime writes what S/MIME 4.0 (RFC 8551) needs: detached signatures by a certificate, and envelopes for the holders of others. It also
// reads the certificate that somebody gave for a mailbox, and says why one cannot be used. (Mail that comes in is opened by platform/mime.)
//
// Envelopes are AES-256 in CBC mode with a key that is given to each recipient by RSA (PKCS #1 v1.5), which all mail programs that know S/MIME
// open. Such an envelope proves nothing about who wrote it or changed it, so a signature belongs within. A signature of RSA has the same bytes each
// time it is made over the same text at the same second; an envelope never has.
//
// That a certificate is genuine is not judged here: whoever put it into the register answers for that, as for an OpenPGP key.
package smime
