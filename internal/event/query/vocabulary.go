package query

import (
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/event"
)

// Vocabulary is the closed set of names that a kind of query may use: events have one, findings another. The language about the names is
// the same. Safe for concurrent use.
type Vocabulary struct {
	subjects map[string]Subject
	extras   bool // `extra.<name>` stands for itself
	words    []event.Field
	advice   string // what to add when a name is not known
}

// NewVocabulary makes a vocabulary without extras. A word without a name is looked for in the fields words. An address or a domain by
// itself is asked for under the names ip and hostname, an AS number under asn, if there are such subjects.
func NewVocabulary(words []event.Field, subjects ...Subject) *Vocabulary {
	v := &Vocabulary{subjects: make(map[string]Subject, len(subjects)), words: slices.Clone(words)}
	for _, s := range subjects {
		v.subjects[s.Name] = s
	}
	v.advice = "what can be asked: " + strings.Join(v.Names(), ", ") + "; quote text that holds a colon"
	return v
}

// Lookup finds what a name stands for. Upper and lower case count.
func (v *Vocabulary) Lookup(name string) (Subject, bool) {
	if s, ok := v.subjects[name]; ok {
		return s, true
	}
	if rest, ok := strings.CutPrefix(name, event.ExtraPrefix); ok && rest != "" && v.extras {
		return Subject{Name: name, Fields: []event.Field{{Name: name, Kind: event.Text}}}, true
	}
	return Subject{}, false
}

// Names lists the names that Lookup knows, in order, without the endless extras.
func (v *Vocabulary) Names() []string {
	out := make([]string, 0, len(v.subjects))
	for n := range v.subjects {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// WordFields are the fields in which a word without a name is looked for.
func (v *Vocabulary) WordFields() []event.Field { return slices.Clone(v.words) }

func (v *Vocabulary) has(name string) bool {
	_, ok := v.subjects[name]
	return ok
}

// Events is the vocabulary of queries for events.
func Events() *Vocabulary { return events }
