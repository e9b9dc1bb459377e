package team

import (
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Kind is what sort of agreement it is.
type Kind string

// The kinds of agreements.
const (
	NDA     Kind = "nda"
	MoU     Kind = "mou"
	Partner Kind = "partner" // a partner programme, such as a vendor's
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{NDA, MoU, Partner} }

// Flow is a kind of things that an agreement lets pass.
type Flow string

// The flows. An agreement that names none lets all of them pass.
const (
	Observations    Flow = "observations" // events and findings
	Incidents       Flow = "incidents"
	Indicators      Flow = "indicators"
	Vulnerabilities Flow = "vulnerabilities"
	Evidence        Flow = "evidence"
)

// Flows lists the flows.
func Flows() []Flow { return []Flow{Observations, Incidents, Indicators, Vulnerabilities, Evidence} }

// Agreement is what was signed with a team.
type Agreement struct {
	ID           string    `json:"id"`
	Organisation string    `json:"organisation"` // id in the register
	Kind         Kind      `json:"kind"`
	Scope        string    `json:"scope,omitempty"`   // what it is about, in words
	Version      string    `json:"version,omitempty"` // of the text that was signed
	Signed       time.Time `json:"signed"`
	SignedUs     string    `json:"signed_us"` // who signed for us
	SignedThem   string    `json:"signed_them"`
	From         time.Time `json:"from"`
	Until        time.Time `json:"until,omitzero"` // exclusive; zero: no end
	Ended        time.Time `json:"ended,omitzero"` // before its time, by somebody's word
	Reason       string    `json:"reason,omitempty"`
	Out          tlp.Label `json:"out"`             // the strictest label that may flow to the team
	In           tlp.Label `json:"in"`              // the strictest label that it may send us
	Flows        []Flow    `json:"flows,omitempty"` // both ways; none: everything
	RecordedBy   string    `json:"recorded_by"`
	Recorded     time.Time `json:"recorded"`
}

// Holds tells whether the agreement is in force at a moment.
func (a Agreement) Holds(now time.Time) bool {
	return !now.Before(a.From) && a.Ended.IsZero() && (a.Until.IsZero() || now.Before(a.Until))
}

// Lets tells whether a kind of things under a label may go to the team by this agreement, if it holds.
func (a Agreement) Lets(f Flow, label tlp.Label) bool {
	return label <= a.Out && (len(a.Flows) == 0 || slices.Contains(a.Flows, f))
}

// Takes tells whether a kind of things under a label may come from the team by this agreement, if it holds. "" is what comes along with any kind.
func (a Agreement) Takes(f Flow, label tlp.Label) bool {
	return label <= a.In && (f == "" || len(a.Flows) == 0 || slices.Contains(a.Flows, f))
}

// Outside tells why a kind of things under a label may not come from an organisation at a moment, "" if it may: one of the agreements with it in force has to take
// it. Once all of them are over, what is TLP:GREEN at most may come; with whom there never was one, nothing is agreed that could be left. It is a step of
// somebody's operation, which authorises.
func Outside(tx *sqldb.Tx, organisation string, f Flow, label tlp.Label, now time.Time) (string, error) {
	list, err := agreements(tx, `organisation = $1`, organisation)
	if err != nil || len(list) == 0 {
		return "", err
	}
	held, most, named := false, tlp.Clear, false
	for _, a := range list {
		if !a.Holds(now) {
			continue
		}
		if a.Takes(f, label) {
			return "", nil
		}
		held, named = true, named || f == "" || len(a.Flows) == 0 || slices.Contains(a.Flows, f)
		most = max(most, a.In)
	}
	switch {
	case !held && label <= tlp.Green:
		return "", nil
	case !held:
		return "no agreement with who sends it is in force any more, and it is " + label.String(), nil
	case !named:
		return "the agreement with who sends it does not name " + string(f), nil
	}
	return "it is " + label.String() + ", and the agreement with who sends it takes " + most.String() + " at most", nil
}

// aheadOfTime is how far in the future a signature may lie: people sign in zones that are ahead.
const aheadOfTime = 24 * time.Hour

// normal checks an agreement and returns it in canonical form.
func (a Agreement) normal(now time.Time) (Agreement, error) {
	var err error
	if a.Kind, err = word("kind of agreement", string(a.Kind), Kinds()); err != nil {
		return a, err
	}
	if a.Flows, err = each(a.Flows, func(s string) (Flow, error) { return word("flow", s, Flows()) }); err != nil {
		return a, err
	}
	for what, at := range map[string]*string{"scope": &a.Scope, "version": &a.Version, "signed for us": &a.SignedUs, "signed for them": &a.SignedThem} {
		if *at, err = cleanLine(what, *at, maxLine); err != nil {
			return a, err
		}
	}
	if a.From.IsZero() {
		a.From = a.Signed
	}
	return a, a.possible(now)
}

// possible refuses what cannot be.
func (a Agreement) possible(now time.Time) error {
	switch {
	case a.Signed.IsZero():
		return problem.New(problem.Invalid, "an agreement needs the day on which it was signed")
	case a.Signed.After(now.Add(aheadOfTime)):
		return problem.New(problem.Invalid, "an agreement that is signed on %s is not signed yet", a.Signed.Format(time.DateOnly))
	case a.SignedUs == "" || a.SignedThem == "":
		return problem.New(problem.Invalid, "an agreement needs both signatures: who signed for us, and who for them")
	case !a.Until.IsZero() && !a.Until.After(a.From):
		return problem.New(problem.Invalid, "an agreement cannot end on %s, before it begins", a.Until.Format(time.DateOnly))
	case a.Out > tlp.Red || a.In > tlp.Red:
		return problem.New(problem.Invalid, "an agreement names labels up to TLP:RED")
	}
	return nil
}

// Group is who shares with whom.
type Group struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Cap     tlp.Label `json:"cap"` // the strictest label that may be shared in it
	Members []string  `json:"members"`
	Created time.Time `json:"created"`
	Version int64     `json:"version"`
}
