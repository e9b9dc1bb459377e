package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/identity"
)

type findingsCmd struct {
	List findingsListCmd `cmd:"" default:"withargs" help:"Ask for findings: list or count them."`
	Show findingsShowCmd `cmd:"" help:"One finding: its events, its history, and why it belongs to whom."`
	Move findingsMoveCmd `cmd:"" help:"Acknowledge, mute, confirm as fixed, or open again."`
}

type findingsListCmd struct {
	Query     []string `arg:"" optional:"" help:"For example: state:open class:infected-system org:\"City Hospital\" last:7d"`
	By        []string `help:"Count by these fields, separated by commas: state, class, organisation, identifier, feed, severity, ..." placeholder:"FIELD,..."`
	ByAddress bool     `help:"In order of address, not the last seen first."`
	Limit     int      `help:"At most so many; 0 is all." default:"-1"`
	Format    string   `help:"table, csv or json." default:"table" enum:"table,csv,json"`
	JSON      bool     `help:"Print JSON." name:"json"`
}

// tableRows is how many findings a table shows if nobody says.
const tableRows = 50

// Run lists or counts.
func (c *findingsListCmd) Run(s *session) error {
	a, actor, stop, err := s.openFindings()
	if err != nil {
		return err
	}
	defer stop()
	if c.JSON {
		c.Format = "json"
	}
	if c.Format != "table" {
		if err := s.taken(a, actor, "findings", strings.Join(c.Query, " "), ""); err != nil {
			return err
		}
	}
	if len(c.By) > 0 {
		return c.count(s, a, actor)
	}
	limit := c.Limit
	if limit < 0 && c.Format == "table" {
		limit = tableRows
	}
	out := newFindingWriter(s, c.Format)
	n, more, err := c.list(s, a, actor, limit, out.write)
	if err == nil {
		err = out.close()
	}
	if err != nil {
		return err
	}
	if n == 0 && c.Format == "table" {
		_, _ = fmt.Fprintln(s.err, "No finding fits.")
	}
	if more && c.Limit < 0 {
		_, _ = fmt.Fprintf(s.err, "There are more than these %d; --limit N shows them, --by FIELD counts all.\n", n)
	}
	return nil
}

// list reads page by page until limit findings are written, or all if it is not above 0.
func (c *findingsListCmd) list(s *session, a *app.App, actor identity.Actor, limit int, write func([]desk.FindingView) error) (n int, more bool, err error) {
	q := desk.FindingQuery{Text: strings.Join(c.Query, " "), ByAddress: c.ByAddress, Request: page.Request{Limit: page.MaxLimit}}
	for {
		if limit > 0 {
			q.Limit = min(page.MaxLimit, limit-n)
		}
		p, err := a.Desk.ListFindings(s.ctx, actor, q)
		if err != nil {
			return n, false, err
		}
		if err := write(p.Items); err != nil {
			return n, false, err
		}
		n += len(p.Items)
		if q.After = p.Next; q.After == "" || limit > 0 && n >= limit {
			return n, q.After != "", nil
		}
	}
}

// count counts, and prints the groups.
func (c *findingsListCmd) count(s *session, a *app.App, actor identity.Actor) error {
	groups, err := a.Desk.CountFindings(s.ctx, actor, strings.Join(c.Query, " "), c.By)
	if err != nil {
		return err
	}
	if c.Limit > 0 && len(groups) > c.Limit {
		groups = groups[:c.Limit]
	}
	header := append(append([]string{}, c.By...), "findings", "events")
	switch c.Format {
	case "json":
		return json.NewEncoder(s.out).Encode(countObjects(c.By, groups))
	case "csv":
		w := csv.NewWriter(s.out)
		_ = w.Write(header) // a csv.Writer keeps its error
		for _, g := range groups {
			_ = w.Write(countLine(g, harmless))
		}
		w.Flush()
		return w.Error()
	}
	t := newLines(s, header...)
	for _, g := range groups {
		t.add(countLine(g, shown)...)
	}
	return t.print(2)
}

// countObjects gives each group as an object of the fields asked for, in their order only as far as JSON has one.
func countObjects(by []string, groups []desk.FindingCount) []map[string]any {
	out := make([]map[string]any, len(groups))
	for i, g := range groups {
		out[i] = map[string]any{"findings": g.Findings, "events": g.Events}
		for n, name := range by {
			out[i][name] = nil
			if g.Values[n] != "" {
				out[i][name] = g.Values[n]
			}
		}
	}
	return out
}

func countLine(g desk.FindingCount, text func(string) string) []string {
	var line []string
	for _, v := range g.Values {
		line = append(line, text(v))
	}
	return append(line, fmt.Sprint(g.Findings), fmt.Sprint(g.Events))
}

// openFindings opens the installation to ask for findings, after what waits is applied to them. While another process works in the data
// folder it is only read, and what waits is told.
func (s *session) openFindings() (*app.App, identity.Actor, func(), error) {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return nil, actor, nil, err
	}
	if err := s.applyFindings(a, actor); err != nil {
		stop()
		return nil, actor, nil, err
	}
	return a, actor, stop, nil
}

// applyFindings applies what waits, if this process may.
func (s *session) applyFindings(a *app.App, actor identity.Actor) error {
	waiting, err := a.Findings.Waiting(s.ctx)
	if err != nil || waiting == 0 {
		return err
	}
	bar := newProgress(s.err, false)
	_, err = a.ApplyFindings(s.ctx, actor, func(done, all int64) {
		bar.say("applying what was seen to the findings: %s of %s", grouped(done), grouped(all))
	})
	bar.end()
	if problem.Is(err, problem.Conflict) {
		_, _ = fmt.Fprintf(s.err, "Another firehall works in this data folder: %s not applied to the findings yet.\n", waits(waiting))
		return nil
	}
	return err
}

func waits(n int64) string {
	if n == 1 {
		return "1 fact is"
	}
	return grouped(n) + " facts are"
}

type findingsShowCmd struct {
	ID   string `arg:"" help:"As the list shows it, or its beginning, such as 192.0.2.10~5f3a9c."`
	JSON bool   `help:"Print JSON." name:"json"`
}

// Run shows one finding.
func (c *findingsShowCmd) Run(s *session) error {
	a, actor, stop, err := s.openFindings()
	if err != nil {
		return err
	}
	defer stop()
	d, err := a.Desk.ShowFinding(s.ctx, actor, c.ID)
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetIndent("", "  ")
		return enc.Encode(d)
	}
	s.tellFinding(d)
	return nil
}

type findingsMoveCmd struct {
	What   []string `arg:"" help:"A finding's id, or a query."`
	To     string   `help:"acknowledged, muted, fixed or open." required:"" enum:"acknowledged,muted,fixed,open"`
	Reason string   `help:"Why; it is recorded." required:""`
	Until  string   `help:"When muting ends: 30d, 8w, 2026-12-31." placeholder:"TIME"`
	Yes    bool     `help:"Move all that the query means, also if it is more than one."`
	JSON   bool     `help:"Print JSON." name:"json"`
}

// movedLine is what a move did, as printed.
type movedLine struct {
	Meant   int      `json:"meant"`
	Moved   int64    `json:"moved"`
	Unmoved []string `json:"unmoved"`
}

// Run moves findings.
func (c *findingsMoveCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	req, err := c.request(a)
	if err != nil {
		return err
	}
	if err := s.applyFindings(a, actor); err != nil {
		return err
	}
	text := strings.Join(c.What, " ")
	keys, err := a.Desk.MeantFindings(s.ctx, actor, text)
	if err != nil {
		return err
	}
	switch {
	case len(keys) == 0:
		return problem.New(problem.NotFound, "no finding fits %q", text)
	case len(keys) > 1 && !c.Yes:
		return problem.New(problem.Invalid, "this means %s: look at them with %s, then add --yes to move them all", plural(int64(len(keys)), "finding"),
			s.command("findings", quoted(text)))
	}
	moved, err := a.Desk.MoveFindings(s.ctx, actor, keys, req)
	if err != nil {
		return err
	}
	return c.tell(s, len(keys), moved)
}

// request says what is asked for; muting needs an end, and nothing else has one.
func (c *findingsMoveCmd) request(a *app.App) (finding.Request, error) {
	req := finding.Request{To: finding.State(c.To), Reason: strings.TrimSpace(c.Reason)}
	switch {
	case req.Reason == "":
		return req, problem.New(problem.Invalid, "--reason is empty: say why, for whoever looks at it later")
	case req.To == finding.Muted && c.Until == "":
		return req, problem.New(problem.Invalid, "muting needs an end: add --until 30d")
	case req.To != finding.Muted && c.Until != "":
		return req, problem.New(problem.Invalid, "--until goes with --to muted")
	case c.Until == "":
		return req, nil
	}
	end, err := a.Desk.ParseUntil(c.Until)
	req.Until = end
	return req, err
}

func (c *findingsMoveCmd) tell(s *session, meant int, moved finding.Moved) error {
	line := movedLine{Meant: meant, Moved: moved.Moved, Unmoved: []string{}}
	for _, k := range moved.Unmoved {
		line.Unmoved = append(line.Unmoved, k.ID())
	}
	if c.JSON {
		if err := json.NewEncoder(s.out).Encode(line); err != nil {
			return err
		}
	} else {
		s.printf("%s moved to %s.\n", plural(moved.Moved, "finding"), c.To)
		for i, id := range line.Unmoved {
			if i == 10 {
				s.printf("  and %s more\n", grouped(int64(len(line.Unmoved)-i)))
				break
			}
			s.printf("  not moved: %s: from its state there is no such move\n", id)
		}
	}
	if len(line.Unmoved) > 0 {
		return errPartly
	}
	return nil
}

// findingWriter writes findings in a format.
type findingWriter interface {
	write([]desk.FindingView) error
	close() error
}

func newFindingWriter(s *session, format string) findingWriter {
	switch format {
	case "json":
		return &findingJSON{out: bufio.NewWriterSize(s.out, 64<<10)}
	case "csv":
		return &findingCSV{w: csv.NewWriter(s.out)}
	}
	return newFindingTable(s)
}
