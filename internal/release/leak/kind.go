package leak

// Kind is what sort of name something is: it decides how it is searched for.
type Kind string

// The kinds.
const (
	Organisation Kind = "organisation" // also without its legal form
	Person       Kind = "person"       // also each part of it, and the parts the other way round
	Domain       Kind = "domain"       // also what lies below it
	Address      Kind = "address"      // an IP address, or a prefix: every address in it
	Mail         Kind = "mail"
	Phone        Kind = "phone"
	Ticket       Kind = "ticket"
	Text         Kind = "text"
	Unreadable   Kind = "unreadable" // of a Leak alone: it cannot be looked into
)

// Kinds lists those that can be added.
func Kinds() []Kind {
	return []Kind{Organisation, Person, Domain, Address, Mail, Phone, Ticket, Text}
}

// Role is who a name belongs to, for the sentence that a person reads.
type Role string

// The roles.
const (
	Victim   Role = "victim"
	Reporter Role = "reporter"
	Ours     Role = "ours"  // of the team's own people and things
	Other    Role = "other" // of somebody or something else
)

// Roles lists them.
func Roles() []Role { return []Role{Victim, Reporter, Ours, Other} }

var roles = map[Role]string{Victim: "the victim ", Reporter: "the reporter ", Ours: "what is the team's own, ", Other: "", "": ""}

// Why something cannot be looked into.
const (
	Encrypted = "encrypted"
	Picture   = "picture"
	Binary    = "binary"  // a format that is not read here
	Damaged   = "damaged" // cut off, or not what it says it is
	TooMuch   = "too-much"
	Fonts     = "fonts" // a PDF whose text is not written in letters
)

// Reasons lists them.
func Reasons() []string { return []string{Encrypted, Picture, Binary, Damaged, TooMuch, Fonts} }

var reasons = map[string]string{
	Encrypted: "it is encrypted",
	Picture:   "it is a picture, or holds one, and nobody has read what it shows",
	Binary:    "its format is not read here",
	Damaged:   "it is damaged, or not what it says it is",
	TooMuch:   "it unpacks to too much, or is packed too deeply",
	Fonts:     "the letters of the PDF are numbers of glyphs",
}
