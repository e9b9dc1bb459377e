package events

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/sharing/give"
	"github.com/firehall/firehall/internal/web/shell"
)

// exports are the formats in which events leave, with their media types.
var exports = map[string]string{
	"csv": "text/csv; charset=utf-8; header=present", "json": "application/json", "ndjson": "application/x-ndjson",
}

// export streams all that the query means. An error before the first piece is an error page; one behind it breaks the download off, so that half
// an answer does not look like a whole one.
func (p *pages) export(w http.ResponseWriter, r *shell.Request) error {
	q, format := questionOf(r.URL.Query()), r.FormValue("format")
	if format == "stix" && p.STIX != nil {
		return p.stix(w, r, q)
	}
	media, ok := exports[format]
	if !ok {
		return problem.New(problem.Invalid, "events are not exported as %q: use csv, json, ndjson or stix", format)
	}
	if err := p.fits(r, q); err != nil {
		return err
	}
	out := &download{w: w, media: media, name: fmt.Sprintf("events-%s.%s", time.Now().UTC().Format("20060102-150405"), format)}
	ask := desk.EventQuery{Text: q.Text, Format: format}
	if r.FormValue("all") == "" {
		ask.Fields = q.Cols
	}
	sum, err := p.Desk.Events(r.Context(), r.Actor, ask, out)
	if err == nil && sum.Truncated {
		err = problem.New(problem.Invalid, "there are more events than one export may have: narrow the time or the terms")
	}
	switch {
	case err == nil:
		return out.finish()
	case !out.begun:
		return err
	}
	panic(http.ErrAbortHandler)
}

// stix gives the events as a bundle of STIX, all that the query means or none.
func (p *pages) stix(w http.ResponseWriter, r *shell.Request, q question) error {
	e, err := p.STIX(r.Context(), r.Actor, q.Text, give.MostEvents)
	if err != nil {
		return err
	}
	if e.More {
		return problem.New(problem.Invalid, "%s", r.T("events.export.stix.more", "n", give.MostEvents))
	}
	if e.Events == 0 {
		return problem.New(problem.Invalid, "%s", r.T("events.export.stix.none"))
	}
	out := &download{w: w, media: give.MediaType, name: e.Name()}
	if err := e.Write(out); err != nil {
		if !out.begun {
			return err
		}
		panic(http.ErrAbortHandler)
	}
	return out.finish()
}

// fits refuses what one answer cannot hold, before anything is sent.
func (p *pages) fits(r *shell.Request, q question) error {
	if p.MostRows <= 0 {
		return nil
	}
	h, err := p.Desk.Histogram(r.Context(), r.Actor, desk.HistogramQuery{Text: q.Text})
	if err != nil {
		return err
	}
	if h.Total > p.MostRows {
		return problem.New(problem.Invalid, "these are %d events, and an export has at most %d: narrow the time or the terms, or raise query.max_rows in the configuration", h.Total, p.MostRows)
	}
	return nil
}

// held is how much of an answer is kept back until it begins to leave.
const held = 64 << 10

// download is an answer that becomes a file once there is enough of it.
type download struct {
	w     http.ResponseWriter
	media string
	name  string
	kept  []byte
	begun bool
}

func (d *download) Write(b []byte) (int, error) {
	if d.begun {
		return d.w.Write(b)
	}
	d.kept = append(d.kept, b...)
	if len(d.kept) >= held {
		return len(b), d.begin()
	}
	return len(b), nil
}

func (d *download) begin() error {
	h := d.w.Header()
	h.Set("Content-Type", d.media)
	h.Set("Content-Disposition", `attachment; filename="`+strings.ReplaceAll(d.name, `"`, "")+`"`)
	_ = http.NewResponseController(d.w).SetWriteDeadline(time.Time{}) // as long as the reader takes it
	d.begun = true
	_, err := d.w.Write(d.kept)
	d.kept = nil
	return err
}

func (d *download) finish() error {
	if d.begun {
		return nil
	}
	return d.begin()
}
