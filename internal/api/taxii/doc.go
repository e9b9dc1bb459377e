// Package taxii is the TAXII 2.1 server (OASIS Standard, 10 June 2021), below /taxii2/.
//
// It holds no rules: package sharing says who may read or write which collection, and records who read what. The rules of the protocol are here:
// every answer, an error too, is of type application/taxii+json;version=2.1; a path counts with its last slash and without; a page that is cut
// off carries a cursor, in which stand the place where it ended and the filters, signed; what is empty is an empty object, and has no
// X-TAXII-Date-Added headers.
//
// Who asks shows a token, as Bearer or as the password of Basic, or a certificate that the configuration names. A cookie opens nothing here.
package taxii
