package constituency

import (
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/problem"
)

// Kind says what an organisation is to the team.
type Kind string

// The kinds of organisation.
const (
	Constituent Kind = "constituent" // one whom the team serves
	Provider    Kind = "provider"    // an ISP or hoster
	Peer        Kind = "peer"        // another CSIRT
	Vendor      Kind = "vendor"      // a maker of products
	Authority   Kind = "authority"   // police, regulator
)

// Kinds lists the kinds in the order in which they win a network that several
// organisations claim: a customer before the provider who carries him.
func Kinds() []Kind { return []Kind{Constituent, Authority, Vendor, Peer, Provider} }

// ParseKind reads a kind; letter case does not matter.
func ParseKind(s string) (Kind, error) { return oneOf("kind", s, Kinds()) }

// Criticality says how much harm an organisation's failure does.
type Criticality string

// The criticalities; the first two are NIS2's words (Directive (EU) 2022/2555 Art. 3).
const (
	Essential Criticality = "essential"
	Important Criticality = "important"
	Ordinary  Criticality = "ordinary"
)

// Criticalities lists the criticalities, the highest first.
func Criticalities() []Criticality { return []Criticality{Essential, Important, Ordinary} }

// ParseCriticality reads a criticality; letter case does not matter.
func ParseCriticality(s string) (Criticality, error) {
	return oneOf("criticality", s, Criticalities())
}

// Organisation is one party of the register.
type Organisation struct {
	ID          string
	Name        string // unique, compared by nameKey; at most 200 characters
	Kind        Kind
	Sector      Sector      // "" when unknown
	Country     Country     // "" when unknown
	Parent      string      // id of the parent organisation, "" for none
	Criticality Criticality // "" when unknown
	Version     int64       // grows with each change; a change must name the version it saw
	Created     time.Time
	Updated     time.Time
}

// normal checks an organisation and returns it in canonical form.
func (o Organisation) normal() (Organisation, error) {
	var err error
	if o.Name, err = CleanName(o.Name); err != nil {
		return o, err
	}
	if o.Kind == "" {
		o.Kind = Constituent
	}
	if o.Kind, err = ParseKind(string(o.Kind)); err != nil {
		return o, err
	}
	if o.Sector, err = optional(o.Sector, ParseSector); err != nil {
		return o, err
	}
	if o.Country, err = optional(o.Country, ParseCountry); err != nil {
		return o, err
	}
	o.Criticality, err = optional(o.Criticality, ParseCriticality)
	return o, err
}

// optional parses v unless it is empty.
func optional[T ~string](v T, parse func(string) (T, error)) (T, error) {
	if v == "" {
		return "", nil
	}
	return parse(string(v))
}

// oneOf finds s among the known words, whatever its case; the error names the nearest.
func oneOf[T ~string](what, s string, known []T) (T, error) {
	word := strings.ToLower(strings.TrimSpace(s))
	words := make([]string, len(known))
	for i, k := range known {
		if string(k) == word {
			return k, nil
		}
		words[i] = string(k)
	}
	return "", unknownWord(what, s, words)
}

func unknownWord(what, got string, known []string) error {
	if near, ok := nearest.Word(strings.ToLower(got), known); ok {
		return problem.New(problem.Invalid, "unknown %s %q: did you mean %q?", what, clip(got), near)
	}
	return problem.New(problem.Invalid, "unknown %s %q: use one of %s", what, clip(got), strings.Join(known, ", "))
}
