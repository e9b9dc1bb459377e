package app

import (
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// mayStillGo asks release about a message that is about to be sent.
func (a *App) mayStillGo(tx *sqldb.Tx, decisions []string, under tlp.Label) (release.Withheld, error) {
	if a.Release == nil {
		return release.Withheld{}, problem.New(problem.Internal, "nobody decides here what may be told")
	}
	return a.Release.Again(tx, decisions, under)
}

// itemNow is what was decided about, as its room has it now; false for what comes anew each time.
func (a *App) itemNow(tx *sqldb.Tx, decided release.Item) (release.Item, bool, error) {
	switch decided.Kind {
	case incident.ReportItem, incident.IncidentItem:
		if a.Incidents == nil {
			return decided, false, nil
		}
		item, err := a.Incidents.ItemNow(tx, decided.ID)
		if problem.Is(err, problem.NotFound) {
			return decided, false, nil
		}
		return item, err == nil, err
	case findingItems:
		_, feed, _ := strings.Cut(decided.ID, "/")
		terms, known := a.feedTerms(feed)
		if !known {
			return decided, false, nil
		}
		decided.Terms = terms
		return decided, true, nil
	}
	return decided, false, nil
}
