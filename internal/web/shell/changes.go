package shell

import (
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/platform/live"
	"github.com/firehall/firehall/internal/web/ui"
)

// FreshEvent is the event by which Changes tells a page that something new waits: see ui.Fresh.
const FreshEvent = "new"

// Newer counts what came up after a time, among what a list shows.
type Newer func(r *Request, since time.Time) (int64, error)

// Changes is a Handler that tells a list how much is new, when one of the topics has changed: the URL says since when, ?since= in milliseconds
// (see Since). hub may be nil: then the page stands still.
func (s *Shell) Changes(hub *live.Hub, count Newer, topics ...string) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		ms, _ := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
		since := time.UnixMilli(ms).UTC()
		return s.Stream(w, r, func(send func(string, templ.Component) error) error {
			if hub == nil {
				<-r.Context().Done()
				return nil
			}
			known := int64(0)
			for change := range hub.Subscribe(r.Context()) {
				if !about(change, topics) {
					continue
				}
				n, err := count(r, since)
				if err == nil && n > known {
					err = send(FreshEvent, ui.Text(strconv.FormatInt(n-known, 10)))
					known = n
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func about(c live.Change, topics []string) bool {
	for _, t := range topics {
		if c.Has(t) {
			return true
		}
	}
	return false
}

// Since is when a list was read, for Changes.
func Since(r *Request) string { return strconv.FormatInt(ui.Of(r.Context()).Now.UnixMilli(), 10) }
