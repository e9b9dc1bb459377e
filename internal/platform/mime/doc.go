// Package mime reads any mail, whatever it is, and says how far it can be believed.
//
// Read takes a mail apart and never fails for what it holds: what is broken, cut or beyond a limit is listed as a Fault, and the rest is read.
// Nothing of a mail is fetched, run or shown as its sender wrote it: text is made plain, HTML is made harmless. Opener decrypts and verifies
// (OpenPGP, S/MIME), and gives no plaintext whose integrity is not proved, save marked as such. Judge asks the DNS whether the sender's domain
// stands by the mail (DKIM, SPF, DMARC).
//
// A mail's words are its sender's: From, file names, types and reports for machines may all be lies. Auth and Crypto alone say what was proved.
package mime
