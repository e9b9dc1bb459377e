package obligation

import (
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
)

// Anchor is a moment from which a time is counted: one of Anchors, or the submission of a stage, "submitted:notification".
type Anchor string

// The anchors. What people state begins legal times; the last five are the incident's own, recorded as the team works.
const (
	Aware      Anchor = "aware"      // the constituent became aware, or could reasonably believe it
	Classified Anchor = "classified" // as major, significant, severe
	Paid       Anchor = "paid"       // a ransom
	Fixed      Anchor = "fixed"      // a corrective or mitigating measure became available
	Wanted     Anchor = "wanted"     // by then an authority or the CSIRT has asked for a report: it lies ahead
	Handled    Anchor = "handled"    // the handling of the incident ended
	Opened     Anchor = "opened"

	Acknowledged Anchor = "acknowledged" // a person first dealt with it
	Triaged      Anchor = "triaged"      // it first had a class of the taxonomy, which is not Classified
	Contained    Anchor = "contained"    // it does no more harm
	Closed       Anchor = "closed"
)

// The moments of a report; Acknowledged, Triaged (it is new no more) and Closed are the others.
const (
	Received Anchor = "received" // it came
	Answered Anchor = "answered" // a person first wrote to the reporter, or spoke to them as they rang
)

// OfReports lists the anchors that a report has, in the order of its life.
func OfReports() []Anchor { return []Anchor{Received, Acknowledged, Triaged, Answered, Closed} }

// Anchors lists those of an incident, in the order of its life.
func Anchors() []Anchor {
	return []Anchor{Opened, Aware, Acknowledged, Triaged, Classified, Paid, Wanted, Fixed, Contained, Handled, Closed}
}

// Stated lists those that people state; the others are the incident's own.
func Stated() []Anchor { return []Anchor{Aware, Classified, Paid, Wanted, Fixed, Handled} }

const submittedPrefix = "submitted:"

// Submitted is the anchor of a stage's submission.
func Submitted(stage string) Anchor { return Anchor(submittedPrefix + stage) }

// Stage gives the stage whose submission the anchor is; "" if it is none.
func (a Anchor) Stage() string {
	stage, ok := strings.CutPrefix(string(a), submittedPrefix)
	if !ok {
		return ""
	}
	return stage
}

// check refuses what is no anchor of a subject.
func (a Anchor) check(of Subject) error {
	if of == OfReport {
		if slices.Contains(OfReports(), a) {
			return nil
		}
		return problem.New(problem.Invalid, "%q is no anchor of a report: %v are", string(a), OfReports())
	}
	if stage := a.Stage(); stage != "" && named(stage) || slices.Contains(Anchors(), a) {
		return nil
	}
	return problem.New(problem.Invalid, "%q is no anchor: %v are, and submitted:STAGE", string(a), Anchors())
}

// named tells whether a text can name a law, a track, a stage or a fact.
func named(s string) bool {
	for i, r := range s {
		if (r < 'a' || r > 'z') && (i == 0 || (r < '0' || r > '9') && r != '-') {
			return false
		}
	}
	return s != "" && len(s) <= 60
}
