package playbook

import (
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/identity"
)

// Words is a text in the languages of the pages. A text that was given in one stands for both.
type Words struct {
	EN string `json:"en"`
	FR string `json:"fr"`
}

// In gives the text in a language, by its code.
func (w Words) In(lang string) string {
	if lang == "fr" && w.FR != "" || w.EN == "" {
		return w.FR
	}
	return w.EN
}

// Both is the text in both languages, once if they are alike: for what is written down for readers of either.
func (w Words) Both() string {
	if w.FR == "" || w.FR == w.EN {
		return w.EN
	}
	return w.EN + " / " + w.FR
}

// french is the text in French, where it is another than the English.
func (w Words) french() string {
	if french := w.In("fr"); french != w.In("en") {
		return french
	}
	return ""
}

// args are the arguments of a line of the timeline about it, with others: "title", and "fr" where the French is another.
func (w Words) args(others ...string) map[string]string {
	out := map[string]string{"title": w.In("en")}
	if french := w.french(); french != "" {
		out["fr"] = french
	}
	for i := 0; i+1 < len(others); i += 2 {
		out[others[i]] = others[i+1]
	}
	return out
}

// Book is a playbook of one version.
type Book struct {
	ID      string       `json:"id"` // "ransomware"
	Version int          `json:"version"`
	Title   Words        `json:"title"`
	About   Words        `json:"about"`           // in a sentence or two: when it is for
	Classes []rsit.Class `json:"classes"`         // of incidents that it is suggested for
	Marks   []string     `json:"words,omitempty"` // in lower case: an incident whose title holds one has it suggested first
	Steps   []Step       `json:"steps"`
	Digest  string       `json:"digest"`            // SHA-256 of Source, in hexadecimal
	Shipped bool         `json:"shipped,omitempty"` // it came with the program
	Source  string       `json:"-"`                 // the text as it was written
}

// Step is one thing to do, or to find out.
type Step struct {
	ID       string        `json:"id"`
	Title    Words         `json:"title"`
	Text     Words         `json:"text"` // Markdown
	Role     identity.Role `json:"role,omitempty"`
	Due      Due           `json:"due,omitzero"`
	Needs    []string      `json:"needs,omitempty"` // steps that come first
	Ask      bool          `json:"ask,omitempty"`   // it is a question, to be answered yes or no
	When     []Condition   `json:"when,omitempty"`  // all of them have to hold, else it is no task
	Optional bool          `json:"optional,omitempty"`

	line int
}

// Due says by when a step should be done: so long after the start, or after another step ended. The zero value is whenever.
type Due struct {
	In    time.Duration `json:"in"`
	After string        `json:"after,omitempty"` // a step; "": the start
}

// Answer is what somebody found out.
type Answer string

// The answers.
const (
	Yes Answer = "yes"
	No  Answer = "no"
)

// Condition is an answer that a step hangs on.
type Condition struct {
	Step   string `json:"step"`
	Answer Answer `json:"answer"`
}

// Step gives a step by its id.
func (b *Book) Step(id string) (Step, bool) {
	i := slices.IndexFunc(b.Steps, func(s Step) bool { return s.ID == id })
	if i < 0 {
		return Step{}, false
	}
	return b.Steps[i], true
}

// applying lists the steps that are to be done, by what was answered so far. Conditions hang on questions that come to be asked themselves.
func (b *Book) applying(answers map[string]Answer) map[string]bool {
	known := map[string]bool{}
	var applies func(id string) bool
	applies = func(id string) bool {
		if does, ok := known[id]; ok {
			return does
		}
		s, ok := b.Step(id)
		for _, c := range s.When {
			ok = ok && answers[c.Step] == c.Answer && applies(c.Step)
		}
		known[id] = ok
		return ok
	}
	for _, s := range b.Steps {
		applies(s.ID)
	}
	return known
}
