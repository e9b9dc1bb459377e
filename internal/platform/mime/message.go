package mime

import "time"

// Message is one mail, taken apart. It is valid whatever the mail was; Faults say what could not be read.
type Message struct {
	Raw    []byte // as it came, cut at Limits.Size
	Header Header

	From, Sender, ReplyTo, To, Cc []Address
	Subject                       string // one line
	MessageID                     string // without < and >; "" for none
	InReplyTo, References         []string
	Date                          time.Time // as the sender says; zero if not told or unreadable

	Text  string // what a person is to read: the plain text, else what the HTML says
	HTML  string // harmless HTML without anything remote; "" if there is none or it must not be shown
	Parts []Part // attachments, in order

	Auto     Auto
	Feedback *Feedback // nil unless it is a report made for machines (ARF, X-ARF)
	Status   *Status   // nil unless it is a delivery status notification

	Faults []Fault
	Crypto Crypto  // set by Opener.Open
	Auth   Verdict // set by whoever calls Judge

	limits Limits
	root   *entity
	inner  *entity // what was within the protection of the whole; nil if nothing was taken off
}

// Address is a mail address as a header field tells it.
type Address struct {
	Name    string
	Address string // local@domain; the domain in small letters
}

// Part is an attachment.
type Part struct {
	Path      string // where it stands: "2.1" is the first part of the second
	Name      string // made safe: no folder, nothing that hides, at most Limits.Name characters; never empty
	MediaType string // as claimed
	Sniffed   string // as its first bytes show
	Size      int64  // bytes, decoded
	SHA256    string // of the decoded bytes, hexadecimal
	Body      []byte // decoded
	ContentID string
	Suspect   []Suspicion
	Nested    *Message // of a mail within the mail, or of an encrypted part once it is opened; nil otherwise
}

// Suspicion is why a person should handle a part with care. It is a code; pages put it into words.
type Suspicion string

// The suspicions.
const (
	Executable      Suspicion = "executable"       // a program, a script or a link to one
	DoubleExtension Suspicion = "double-extension" // invoice.pdf.exe
	TypeDiffers     Suspicion = "type-differs"     // its bytes are not what it claims to be
	Macro           Suspicion = "macro"            // a document that may hold programs
	Locked          Suspicion = "locked"           // an archive with a password: scanners see nothing
	NameHides       Suspicion = "name-hides"       // its name was made to mislead the eye
)

// Fault is something of a mail that could not be read, or that a well-made mail does not have.
type Fault struct {
	Code  FaultCode
	Where string // the path of the part, "" for the mail itself
	What  string // the detail, in English, one line; a stranger's words may stand in it
}

// FaultCode names a kind of fault; pages put it into words.
type FaultCode string

// The faults.
const (
	TooLarge      FaultCode = "too-large"       // cut at Limits.Size
	TooManyParts  FaultCode = "too-many-parts"  // the rest is in the raw mail only
	TooDeep       FaultCode = "too-deep"        // kept as one part, not taken apart
	HeaderTooBig  FaultCode = "header-too-big"  // the rest of the header is passed over
	HeaderBroken  FaultCode = "header-broken"   // a line that is no field
	HeaderMissing FaultCode = "header-missing"  // the mail begins with its text
	HeaderJunk    FaultCode = "header-junk"     // bytes that are no characters
	SeveralFrom   FaultCode = "several-from"    // several From fields, or several addresses in it: nobody can be held to it
	NoFrom        FaultCode = "no-from"         // no sender
	AddressBroken FaultCode = "address-broken"  // an address that is none
	TooManyNames  FaultCode = "too-many-names"  // addresses beyond Limits.Addresses
	DateBroken    FaultCode = "date-broken"     // a date that is none
	NoBoundary    FaultCode = "no-boundary"     // parts announced, but not what divides them
	NoEnd         FaultCode = "no-end"          // parts that never end: the mail may have been cut
	EncodingBad   FaultCode = "encoding-broken" // base64, quoted-printable or uuencode with errors
	EncodingOdd   FaultCode = "encoding-odd"    // an unknown encoding: taken as it is
	CharsetOdd    FaultCode = "charset-odd"     // an unknown character set, or text that is not in the one told
	TextTooLong   FaultCode = "text-too-long"   // the rest is in the raw mail only
	ReportBroken  FaultCode = "report-broken"   // a report for machines that cannot be read
)

// Limits bound what one mail may cost. A zero field is that of DefaultLimits.
type Limits struct {
	Size      int64 // bytes of the mail
	Header    int   // bytes of one header
	Fields    int   // of one header
	Parts     int   // altogether
	Depth     int   // parts within parts
	Addresses int   // of one header field
	Name      int   // characters of a file name
	Text      int   // bytes of text, and of HTML before it is made harmless
	Faults    int   // that are listed
}

// DefaultLimits are what Read uses where nothing else is told.
func DefaultLimits() Limits {
	return Limits{
		Size: 50 << 20, Header: 256 << 10, Fields: 1000, Parts: 500, Depth: 20, Addresses: 200, Name: 120, Text: 2 << 20, Faults: 100,
	}
}

// AutoKind says who or what wrote a mail.
type AutoKind string

// The kinds.
const (
	Person        AutoKind = "person"         // nothing says otherwise
	AutoReplied   AutoKind = "auto-replied"   // an absence notice or the like: RFC 3834
	AutoGenerated AutoKind = "auto-generated" // a program's own mail
	Bulk          AutoKind = "bulk"           // a mailing list, a newsletter
	Notification  AutoKind = "dsn"            // a delivery status notification: RFC 3464
	Receipt       AutoKind = "receipt"        // a disposition notification: RFC 8098
	ARF           AutoKind = "arf"            // a feedback report: RFC 5965
	XARF          AutoKind = "xarf"           // X-ARF version 4
)

// Auto says whether a person wrote a mail, and by what that was seen.
type Auto struct {
	Kind   AutoKind
	Reason string // the header field or part that shows it, such as "Auto-Submitted: auto-replied"
}

// Answerable tells whether an automatic answer may be sent (RFC 3834 §2): only to what a person wrote.
func (a Auto) Answerable() bool { return a.Kind == Person }
