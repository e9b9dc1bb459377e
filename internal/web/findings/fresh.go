package findings

import (
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

func whole(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64) // 0 fits no finding
	return n
}

// freshEvent tells a list that something new waits.
const freshEvent = "new"

// fresh tells a list how many findings became open after it was read.
func (p *page) fresh(w http.ResponseWriter, r *shell.Request) error {
	since := time.UnixMilli(whole(r.URL.Query().Get("since"))).UTC()
	return p.Stream(w, r, func(send func(string, templ.Component) error) error {
		if p.o.Live == nil {
			return nil
		}
		known := int64(0)
		for change := range p.o.Live.Subscribe(r.Context()) {
			if !change.Has("findings") {
				continue
			}
			n, err := p.newSince(r, since)
			if err != nil {
				return err
			}
			if n > known {
				if err := send(freshEvent, ui.Text(strconv.FormatInt(n-known, 10))); err != nil {
					return err
				}
				known = n
			}
		}
		return nil
	})
}

// mostNew is up to how many new findings are counted.
const mostNew = 200

// newSince counts what became open after a time, among what the list shows.
func (p *page) newSince(r *shell.Request, since time.Time) (int64, error) {
	q := narrow(r.URL.Query().Get("q"), "state", "open")
	q += ` since:>"` + since.Format("2006-01-02T15:04:05.000Z07:00") + `"`
	found, err := p.o.Desk.ListFindings(r.Context(), r.Actor, desk.FindingQuery{Text: q, ByAddress: true, Request: core.Request{Limit: mostNew}})
	return int64(len(found.Items)), err
}
