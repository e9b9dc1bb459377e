package mime

// Crypto says what protected a mail, and what of that was proved.
type Crypto struct {
	Kind      CryptoKind
	Encrypted bool   // the whole text was encrypted to the team
	Signed    bool   // it carries a signature over the whole text
	Integrity bool   // what is shown is as it was written: an authenticated encryption or a valid signature proves it
	Verified  bool   // the signature is valid, by a key that is known for the sender
	Signer    string // who signed, as the key tells; "" if not known
	Key       string // fingerprint of the key, or of the certificate (SHA-256), hexadecimal
	// BoundToFrom tells whether the key is that of the address in From. Without it the signature says nothing of who seems to write.
	BoundToFrom bool
	Trusted     bool        // S/MIME: one of the given roots stands behind the certificate
	Fault       CryptoFault // why something is not proved or not shown; "" if nothing is wrong
	Detail      string      // more of the fault, in English
}

// Authentic tells whether the mail is proved to come from the address in From.
func (c Crypto) Authentic() bool { return c.Signed && c.Verified && c.Integrity && c.BoundToFrom }

// CryptoKind is the way that a mail was protected.
type CryptoKind string

// The ways.
const (
	Unprotected CryptoKind = ""
	PGPMIME     CryptoKind = "pgp-mime"   // RFC 3156
	PGPInline   CryptoKind = "pgp-inline" // in the text
	SMIME       CryptoKind = "smime"      // RFC 8551
)

// CryptoFault is a code; pages put it into words.
type CryptoFault string

// The faults.
const (
	NotForUs        CryptoFault = "not-for-us"       // encrypted to other keys
	NotIntact       CryptoFault = "not-intact"       // altered, cut, too large once unpacked, or without a proof that it was not: nothing is shown
	Unauthenticated CryptoFault = "unauthenticated"  // S/MIME encryption that proves nothing: shown as plain text only
	Unreadable      CryptoFault = "unreadable"       // no message of its kind
	KeyUnknown      CryptoFault = "key-unknown"      // signed by a key that we do not have
	SignatureBad    CryptoFault = "signature-bad"    // signed, and the text is another
	KeyExpired      CryptoFault = "key-expired"      // signed by a key that was not valid
	NotBound        CryptoFault = "not-bound"        // signed by somebody else than From
	PartlyProtected CryptoFault = "partly-protected" // only some parts: each says so for itself
	Unsupported     CryptoFault = "unsupported"      // a way of encryption that we cannot read
	NoKeys          CryptoFault = "no-keys"          // encrypted, and we were given no key
)
