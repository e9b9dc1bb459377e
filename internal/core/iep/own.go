package iep

import (
	"encoding/json"
	"strings"

	"github.com/firehall/firehall/internal/core/tlp"
)

// longestText is how much text is read as a policy, in bytes: what is longer is none that anybody wrote.
const longestText = 4 << 10

// Strictest is the policy that permits nothing: it stands for what cannot be read.
func Strictest() *Policy {
	return &Policy{Encrypt: true, Actions: NoAction, NoNotify: true, TLP: tlp.Red, Attribution: MustNotAttribute, Obfuscate: true, NoResale: true}
}

// Told reads a policy out of one text, as events and messages have it: statements as name=value behind commas, semicolons or line ends, or JSON, a list of them
// or an object. It is nil for an empty text, and for one that forbids nothing; what cannot be read permits nothing.
func Told(text string) *Policy {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil
	case len(text) > longestText:
		return Strictest()
	case text[0] == '{':
		return toldAsObject([]byte(text))
	}
	var list []string
	if text[0] != '[' {
		list = strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;\r\n", r) })
	} else if json.Unmarshal([]byte(text), &list) != nil {
		return Strictest()
	}
	p, err := ParseList(list)
	if err != nil {
		return Strictest()
	}
	return p
}

func toldAsObject(raw []byte) *Policy {
	var said map[string]string
	if json.Unmarshal(raw, &said) == nil {
		if p, err := Parse(said); err == nil {
			return p
		}
	}
	if p, ok := Read(raw); ok {
		return p
	}
	return Strictest()
}

// Text is the policy as Told reads it again; "" of nil. A name or a reference with a comma in it is not.
func (p *Policy) Text() string { return strings.Join(p.List(), ", ") }

// Bare is the policy without what it is called, where it stands and when it holds: what an event keeps of the policy that it came with. Policies that ask for the
// same are the same then, whoever wrote them. It is nil if nothing is left, and binds for ever: longer than was asked, never less.
func (p *Policy) Bare() *Policy {
	if p == nil {
		return nil
	}
	return Policy{
		Encrypt: p.Encrypt, Actions: p.Actions, NoNotify: p.NoNotify, TLP: p.TLP, Attribution: p.Attribution, Obfuscate: p.Obfuscate, NoResale: p.NoResale,
	}.unlessEmpty()
}

// Code is a bare policy but for its label, as a number: few enough to count, and the same for all policies that ask for the same. The zero Code forbids nothing.
type Code uint16

// The bits of a Code.
const (
	codeEncrypt Code = 1 << iota
	codeNoNotify
	codeObfuscate
	codeNoResale

	atAttribution = 4 // two bits: an index of attributions
	atActions     = 6 // three bits: an index of actions
	codeEnd       = 1 << 9
)

// attributions are in the order of their numbers in a Code.
var attributions = []Attribution{MayAttribute, MustAttribute, MustNotAttribute}

// Code is what the policy asks for beside its label; 0 of nil.
func (p *Policy) Code() (c Code) {
	if p == nil {
		return 0
	}
	for bit, said := range map[Code]bool{codeEncrypt: p.Encrypt, codeNoNotify: p.NoNotify, codeObfuscate: p.Obfuscate, codeNoResale: p.NoResale} {
		if said {
			c |= bit
		}
	}
	attribution := len(attributions) - 1
	for i, a := range attributions {
		if a == p.Attribution {
			attribution = i
		}
	}
	return c | Code(attribution)<<atAttribution | Code(min(p.Actions.strictness(), len(actions)-1))<<atActions //nolint:gosec // two and three bits
}

// CodeOf takes a code as it was kept; what is none permits nothing.
func CodeOf(kept int64) Code {
	if kept < 0 || kept >= codeEnd {
		return Strictest().Code()
	}
	return Code(kept) //nolint:gosec // nine bits
}

// Policy is the policy of the code; nil of one that forbids nothing.
func (c Code) Policy() *Policy {
	return Policy{
		Encrypt: c&codeEncrypt != 0, NoNotify: c&codeNoNotify != 0, Obfuscate: c&codeObfuscate != 0, NoResale: c&codeNoResale != 0,
		Attribution: attributions[min(int(c>>atAttribution&3), len(attributions)-1)], Actions: actions[min(int(c>>atActions&7), len(actions)-1)],
	}.unlessEmpty()
}
