package leak

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// The limits.
const (
	MaxLeaks    = 100      // reported at most: one is enough to stop
	MaxDepth    = 6        // of what is packed in what is packed
	MaxUnpacked = 64 << 20 // bytes that come out of packed files and of what is encoded, of one content
	MaxMembers  = 2000     // files in archives, of one content
)

// Content is what would be sent, whole.
type Content struct {
	Subject string
	Headers []Header // what else stands outside: the outer subject, the name of the recipient, a ticket
	Text    string
	Files   []File
}

// Header is one line that goes with a content.
type Header struct{ Name, Value string }

// File is a file that goes with it.
type File struct {
	Name, MediaType string
	Data            []byte
}

// Digest stands for a content: two that differ in anything have different ones. It is in hexadecimal digits.
func (c *Content) Digest() string {
	h := sha256.New()
	put(h, "firehall/release/content", c.Subject, c.Text)
	count(h, len(c.Headers))
	for _, l := range c.Headers {
		put(h, l.Name, l.Value)
	}
	count(h, len(c.Files))
	for _, f := range c.Files {
		put(h, f.Name, f.MediaType)
		count(h, len(f.Data))
		_, _ = h.Write(f.Data) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}

func put(h hash.Hash, list ...string) {
	for _, s := range list {
		count(h, len(s))
		_, _ = h.Write([]byte(s))
	}
}

func count(h hash.Hash, n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n)) //nolint:gosec // a length
	_, _ = h.Write(b[:])
}

// Leak is a name that stands where it must not, or something that cannot be looked into.
type Leak struct {
	Place Place
	Kind  Kind
	Role  Role   // who it is the name of
	Name  string // as it was added; of Unreadable why, as one of Reasons
	Found string // as it stands there, shortened
}

// String says it in a sentence: `line 3 names the victim "City Hospital"`.
func (l Leak) String() string {
	if l.Kind == Unreadable {
		return fmt.Sprintf("%s cannot be looked into: %s", l.Place, reasons[l.Name])
	}
	s := fmt.Sprintf("%s names %s%q", l.Place, roles[l.Role], l.Name)
	if l.Found != "" && !strings.EqualFold(l.Found, l.Name) {
		s += fmt.Sprintf(", as %q", l.Found)
	}
	return s
}

// Sentences says leaks in words, at most so many, and how many more there are.
func Sentences(list []Leak, most int) string {
	var out []string
	for i, l := range list {
		if i == most {
			out = append(out, fmt.Sprintf("and %d more", len(list)-most))
			break
		}
		out = append(out, l.String())
	}
	return strings.Join(out, "; ")
}

// Step is one step of the way to a place. Number and Name may both be nought.
type Step struct {
	Code   string // one of the codes below
	Number int
	Name   string
}

// The codes of steps.
const (
	InSubject    = "subject"
	InHeader     = "header"     // Name
	InText       = "text"       // said only where no line can be
	InLine       = "line"       // Number
	InAttachment = "attachment" // Number, Name
	InName       = "name"       // the name of the file itself
	InMember     = "member"     // Name: a file in an archive
	InRow        = "row"        // Number, Name: of the column
	InPath       = "path"       // Name: in JSON
	InAttribute  = "attribute"  // Number of the line, Name: of an element of HTML
	InEncoded    = "encoded"    // Number of the line: in something that was encoded there
	InPage       = "document"   // the text of a document without lines
)

// Place is where something stands, from the outside to the inside.
type Place []Step

// String says the place in words.
func (p Place) String() string {
	words := make([]string, 0, len(p))
	for _, s := range p {
		words = append(words, s.String())
	}
	return strings.Join(words, ", ")
}

// with is the place one step further in.
func (p Place) with(s Step) Place { return append(p[:len(p):len(p)], s) }

// String says the step in words.
func (s Step) String() string {
	switch s.Code {
	case InSubject:
		return "the subject"
	case InHeader:
		return "the header " + s.Name
	case InText:
		return "the text"
	case InAttachment:
		return strings.TrimSuffix(fmt.Sprintf("attachment %d, %s", s.Number, s.Name), ", ")
	case InName:
		return "the name of the file"
	case InMember, InPath:
		return s.Name
	case InRow:
		return fmt.Sprintf("row %d, column %s", s.Number, s.Name)
	case InAttribute:
		return fmt.Sprintf("line %d, attribute %s", s.Number, s.Name)
	case InEncoded:
		return fmt.Sprintf("line %d, encoded", s.Number)
	case InPage:
		return "the text of the document"
	}
	return fmt.Sprintf("%s %d", s.Code, s.Number)
}

// Check finds the names in a content. None found is no leak. It is safe for concurrent use; the names must not be added to any more.
func Check(c Content, n Names) []Leak {
	s := newSearch(n)
	s.content(c)
	return s.found
}

// content looks through all of it.
func (s *search) content(c Content) {
	if s.idle() {
		return
	}
	if s.names.Len() > MaxNames { // not all are searched for
		s.unreadable(nil, TooMuch)
	}
	s.text(Place{{Code: InSubject}}, c.Subject, false)
	for _, h := range c.Headers {
		s.text(Place{{Code: InHeader, Name: h.Name}}, h.Value, false)
	}
	s.text(nil, c.Text, true)
	for i, f := range c.Files {
		at := Place{{Code: InAttachment, Number: i + 1, Name: f.Name}}
		s.text(at.with(Step{Code: InName}), f.Name, false)
		s.file(at, f.Name, f.MediaType, f.Data)
	}
}
