package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// Incidents, as issue 6 asks for them: 20,000 of 100,000 reports, with a million observables, and one that has very much.
const (
	incidentList   = 150 * time.Millisecond
	incidentSearch = 300 * time.Millisecond
	incidentOpen   = 400 * time.Millisecond
	correlateLimit = 20 // ms
)

// incidentPages are what people wait for; "{big}" stands for the incident that has very much, "{campaign}" for some campaign.
var incidentPages = []struct {
	name, path string
	limit      time.Duration
}{
	{"incidents, as the list opens", "/incidents", incidentList},
	{"all incidents", "/incidents?q=", incidentList},
	{"resolved ones of a class", "/incidents?q=state:resolved+class:fraud", incidentList},
	{"search: a word that all have", "/incidents?q=phishing", incidentSearch},
	{"search: a rare word", "/incidents?q=host471.example", incidentSearch},
	{"search: a word that none has", "/incidents?q=zebra", incidentSearch},
	{"the queue of reports", "/reports", incidentList},
	{"take-downs and blocks", "/countermeasures", incidentList},
	{"those that wait for somebody", "/countermeasures?waiting=1", incidentList},
	{"those that are overdue, by day", "/countermeasures?overdue=1&sort=due", incidentList},
	{"tasks of one person", "/tasks?q=who:person3+state:open,doing", incidentList},
	{"tasks of all incidents", "/tasks?q=state:open,doing", incidentList},
	{"the same, changed last", "/tasks?q=state:open,doing&sort=-changed", incidentList},
	{"tasks that are overdue", "/tasks?q=is:overdue", incidentList},
	{"tasks of nobody", "/tasks?q=who:nobody+state:open,doing", incidentList},
	{"what is due, of four clocks an incident", "/clocks", incidentList},
	{"what is overdue, the latest first", "/clocks?state=overdue&sort=-due", incidentList},
	{"campaigns", "/campaigns", incidentList},
	{"a campaign's incidents", "/incidents?q=campaign:{campaign}", incidentList},
	{"actions that came of lessons", "/lessons", incidentList},
	{"the first page, with what is to be done", "/", incidentList},
	{"everything about a name that 200 incidents saw", "/lookup?q=host471.example", incidentSearch},
	{"one with 5,000 entries and 10,000 observables", "/incidents/{big}", incidentOpen},
	{"its timeline", "/incidents/{big}/timeline", incidentOpen},
	{"its observables", "/incidents/{big}/observables", incidentOpen},
	{"its report, printed for the team", "/incidents/{big}/print", 0},
	{"figures of twelve weeks", "/figures", 0},
	{"figures of a year by month", "/figures?step=month&n=12", 0},
}

// incidentsPoint asks how the pages of incidents answer when there are many, and how fast a new observable is compared with all before.
func incidentsPoint(ctx context.Context, h *house) (t table, err error) {
	n := max(1000, int(manyReports*min(1, float64(h.rows)/fullRows)))
	data, _, err := h.reportsData(ctx, n)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	loaded, err := h.measured(ctx, benchmark{room: "incident/figure", name: "Load", reports: n, data: data})
	if err != nil {
		return t, err
	}
	t = table{title: fmt.Sprintf("Incidents: %s of %s reports, with %s observables, %s tasks, %s take-downs and %s clocks",
		thousands(int64(n/5)), thousands(int64(n)), thousands(int64(10*n)), thousands(int64(n)), thousands(int64(n/20)), thousands(int64(n/5*4))), head: []string{"what", "median", "slowest"}}
	s, err := h.serve(ctx, data)
	if err != nil {
		return t, err
	}
	err = h.askIncidents(ctx, &t, s, data)
	took := loaded["BenchmarkLoad"]["correlate-ms"]
	t.add("correlating a new observable with all before, and keeping it", milliseconds(time.Duration(took*1e6)), "")
	t.gates = append(t.gates, atMost("correlating an observable", took, correlateLimit, " ms"))
	_, stopped := s.stop()
	t.note("On SQLite, from the question to the whole page, %d times each. Correlating is measured in the room itself, with its transaction.", reportRuns)
	return t, errors.Join(err, stopped)
}

// askIncidents asks for each page several times.
func (h *house) askIncidents(ctx context.Context, t *table, s *server, data string) error {
	c := &crowd{server: s}
	b, err := h.enter(ctx, s, data)
	if err != nil {
		return err
	}
	big, err := first(ctx, b, s.url+"/incidents?q=great+flood", "/incidents/")
	if err != nil {
		return err
	}
	campaign, err := first(ctx, b, s.url+"/campaigns", "/campaigns/")
	if err != nil {
		return err
	}
	fill := strings.NewReplacer("{big}", big, "{campaign}", campaign)
	for _, p := range incidentPages {
		times, err := c.askOften(ctx, b, fill.Replace(p.path))
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		t.add(p.name, milliseconds(median(times)), milliseconds(slices.Max(times)))
		if p.limit > 0 {
			t.gates = append(t.gates, atMost(p.name, float64(median(times))/1e6, float64(p.limit.Milliseconds()), " ms"))
		}
	}
	return nil
}

// first gives the id of the first row of a list whose rows lead below a path.
func first(ctx context.Context, b *http.Client, url, below string) (id string, err error) {
	_, found, err := fetch(ctx, b, url)
	if err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(string(found), `data-href="`+below)
	id, _, ok := strings.Cut(rest, `"`)
	if !ok {
		return "", fmt.Errorf("%s has no row", url)
	}
	return id, nil
}
