package constituency

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// entry is one statement of an import file about one organisation: a CSV row, or
// an item of YAML. What it does not say is empty, and leaves the register as it is.
type entry struct {
	line         int
	organisation string // clean name
	facts        facts
	network      *statedNetwork
	contact      *statedContact
}

// facts are the attributes of an organisation that a file can state, in the
// order of factNames; "" is unsaid. Parent is a clean name.
type facts [5]string

const (
	factKind = iota
	factSector
	factCountry
	factParent
	factCriticality
)

var factNames = [...]string{"kind", "sector", "country", "parent", "criticality"}

// statedNetwork is a network with what YAML can say of it.
type statedNetwork struct {
	line        int
	rule        Rule
	value       string
	from, until *time.Time // nil: unsaid
}

// statedContact is a contact; CSV says nothing of keys and health.
type statedContact struct {
	line     int
	channel  Channel
	address  string
	purpose  Purpose
	language string
	key      *Key
	health   Health

	encryption *string // nil: unsaid
}

func (c statedContact) id() string {
	return string(c.channel) + " " + c.address + " " + string(c.purpose)
}

// errBackwards is what is wrong with a validity that never holds.
var errBackwards = errors.New("the validity ends before it begins")

func (n statedNetwork) backwards() bool {
	return n.from != nil && n.until != nil && !n.from.Before(*n.until)
}

func (n statedNetwork) id() string { return string(n.rule) + " " + n.value }

// Rejected is a row that was set aside.
type Rejected struct {
	Line   int    `json:"line"`
	Column string `json:"column,omitempty"` // "" when the whole row is at fault
	Value  string `json:"value,omitempty"`  // what stood there, shortened
	Reason string `json:"reason"`
}

func (r Rejected) String() string {
	if r.Column == "" {
		return fmt.Sprintf("line %d: %s", r.Line, r.Reason)
	}
	return fmt.Sprintf("line %d, %s: %s", r.Line, r.Column, r.Reason)
}

// fields reads the texts of one entry; the first bad one is kept.
type fields struct {
	line int
	bad  *Rejected
}

func (f *fields) fail(column, value string, err error) {
	if f.bad == nil {
		f.bad = &Rejected{Line: f.line, Column: column, Value: clip(value), Reason: err.Error()}
	}
}

func (f *fields) name(column, text string) string {
	name, err := CleanName(text)
	if err != nil {
		f.fail(column, text, err)
	}
	return name
}

// facts reads the attributes given by column name through get.
func (f *fields) facts(get func(column string) string) (out facts) {
	readers := [...]func(string) (string, error){
		asText(ParseKind), asText(ParseSector), asText(ParseCountry), CleanName, asText(ParseCriticality),
	}
	for i, column := range factNames {
		text := strings.TrimSpace(get(column))
		if text == "" {
			continue
		}
		value, err := readers[i](text)
		if err != nil {
			f.fail(column, text, err)
		}
		out[i] = value
	}
	return out
}

func asText[T ~string](parse func(string) (T, error)) func(string) (string, error) {
	return func(s string) (string, error) {
		v, err := parse(s)
		return string(v), err
	}
}

func (f *fields) network(text string) *statedNetwork {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	rule, value, err := ParseNetwork(text)
	if err != nil {
		f.fail("network", text, err)
	}
	return &statedNetwork{line: f.line, rule: rule, value: value}
}

// contact reads a contact given by column name through get.
func (f *fields) contact(get func(column string) string) *statedContact {
	address := get("contact")
	if strings.TrimSpace(address) == "" {
		for _, column := range []string{"purpose", "language", "encryption"} {
			if text := get(column); strings.TrimSpace(text) != "" {
				f.fail(column, text, fmt.Errorf("a %s without a contact: fill in the contact", column))
			}
		}
		return nil
	}
	c := statedContact{line: f.line, purpose: Abuse}
	var err error
	if c.channel, c.address, err = ParseAddress(address); err != nil {
		f.fail("contact", withoutPassword(address), err)
	}
	if purpose := get("purpose"); strings.TrimSpace(purpose) != "" {
		if c.purpose, err = ParsePurpose(purpose); err != nil {
			f.fail("purpose", purpose, err)
		}
	}
	if c.language, err = ParseLanguage(get("language")); err != nil {
		f.fail("language", get("language"), err)
	}
	f.encryption(&c, get("encryption"))
	return &c
}

// encryption reads whether a contact wants everything encrypted; to say nothing leaves it as it is.
func (f *fields) encryption(c *statedContact, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	value, err := ParseEncryption(text)
	if err != nil {
		f.fail("encryption", text, err)
	}
	if value == EncryptionRequired && c.channel == Phone {
		f.fail("encryption", text, errSpoken)
	}
	c.encryption = &value
}
