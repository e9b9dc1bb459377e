package obligation

import (
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/problem"
)

// Side says who owes a stage.
type Side string

// The sides.
const (
	Constituent Side = "constituent" // owes it to us, or to an authority
	Team        Side = "team"        // we owe it
)

// Status says whether a law binds.
type Status string

// The statuses.
const (
	InForce    Status = "in force"
	NotInForce Status = "not in force"
)

// Subject is what the tracks of a law are about.
type Subject string

// The subjects.
const (
	OfIncident Subject = ""
	OfReport   Subject = "report" // the team's own levels: they apply by themselves, and are met by working
)

// Law is one version of a law, or of the team's own service levels.
type Law struct {
	ID      string    `json:"id"`   // "nis2"
	Name    string    `json:"name"` // short: "NIS2"
	Source  string    `json:"source"`
	Link    string    `json:"link,omitempty"` // of the official text
	Article string    `json:"article,omitempty"`
	Status  Status    `json:"status"`
	From    time.Time `json:"valid_from,omitzero"`  // the first day on which it binds, at midnight UTC; zero: always
	Until   time.Time `json:"valid_until,omitzero"` // the last day; zero: no end is known
	Zone    string    `json:"zone,omitempty"`       // in which its days and months are counted; empty: the team's
	Tracks  []Track   `json:"tracks"`
	Facts   []Fact    `json:"facts,omitempty"` // that its stages ask for
	Of      Subject   `json:"of,omitempty"`    // empty: incidents
	Own     bool      `json:"own,omitempty"`   // the team's, from a file that the configuration names
}

// Track is one kind of event that a law has its own stages for.
type Track struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	French string `json:"fr,omitempty"`
	Stages []Rule `json:"stages"`
}

// Fact is a yes-or-no question on which stages depend.
type Fact struct {
	ID     string `json:"id"` // "ongoing"
	Name   string `json:"name"`
	French string `json:"fr,omitempty"`
}

// Rule is a stage as the law has it.
type Rule struct {
	ID      string `json:"id"` // within the track; two may have one, if their conditions exclude each other
	Name    string `json:"name"`
	French  string `json:"fr,omitempty"`
	Article string `json:"article,omitempty"`
	By      Side   `json:"by"`
	When    string `json:"when,omitempty"` // a fact, or "not " and a fact; empty: in any case
	Limit
	AtMost Limit    `json:"at_most,omitzero"` // never later than this, unless From lies after it
	Latest bool     `json:"latest,omitempty"` // counts from the latest submission, not the first
	Met    []Anchor `json:"met,omitempty"`    // it is done at the first of these moments, without a submission
	Moves  Move     `json:"moves,omitempty"`
	Note   string   `json:"note,omitempty"` // what the anchor means in this law
}

// Limit is a time after an anchor.
type Limit struct {
	From   Anchor `json:"from"`
	Within Span   `json:"within"`
}

// Move says where an end on a Saturday, Sunday or holiday goes.
type Move struct {
	To   string `json:"to,omitempty"`   // "end of next working day", "noon of next working day"; empty: it stays
	When string `json:"when,omitempty"` // as Rule.When
}

// Where an end that falls on no working day may go.
const (
	// ToEnd is the rule of Regulation (EEC, Euratom) No 1182/71, Article 3(4), for periods that are not in hours.
	ToEnd  = "end of next working day"
	ToNoon = "noon of next working day"
)

// Duty names what one decides about: a law's track, as "nis2/incident".
func Duty(law, track string) string { return law + "/" + track }

// In gives what a law calls a thing in a language, which is English where it has no other word.
func in(lang, english, french string) string {
	if lang == "fr" && french != "" {
		return french
	}
	return english
}

// In gives the track's name in a language ("en", "fr").
func (t Track) In(lang string) string { return in(lang, t.Name, t.French) }

// In gives the fact's name in a language.
func (f Fact) In(lang string) string { return in(lang, f.Name, f.French) }

// In gives the stage's name in a language.
func (r Rule) In(lang string) string { return in(lang, r.Name, r.French) }

// Track finds one of the law's tracks.
func (l *Law) Track(id string) (Track, bool) {
	for _, t := range l.Tracks {
		if t.ID == id {
			return t, true
		}
	}
	return Track{}, false
}

// Binds tells whether the law binds on the day of a moment.
func (l *Law) Binds(at time.Time) bool {
	return l.Status == InForce && !at.Before(l.From) && (l.Until.IsZero() || at.Before(l.Until.AddDate(0, 0, 1)))
}

// Knows refuses a track, facts and stages that the law does not have. Errors: Invalid, naming those that it has.
func (l *Law) Knows(track string, facts, stages []string) error {
	if _, ok := l.Track(track); !ok && track != "" {
		return problem.New(problem.Invalid, "%s has no track %q: %s", l.Name, track, strings.Join(l.duties(), ", "))
	}
	var known, ids []string
	for _, f := range l.Facts {
		known = append(known, f.ID)
	}
	for _, t := range l.Tracks {
		for _, r := range t.Stages {
			ids = append(ids, r.ID)
		}
	}
	for _, f := range facts {
		if !slices.Contains(known, f) {
			return problem.New(problem.Invalid, "%s asks for no fact %q; it asks for: %s%s", l.Name, f, strings.Join(known, ", "), nearest.Hint(f, known))
		}
	}
	for _, s := range stages {
		if !slices.Contains(ids, s) {
			slices.Sort(ids)
			return problem.New(problem.Invalid, "%s has no stage %q; it has: %s%s", l.Name, s, strings.Join(slices.Compact(ids), ", "), nearest.Hint(s, ids))
		}
	}
	return nil
}
