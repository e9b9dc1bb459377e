package overview

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/web/shell"
)

// The events of the stream: the figures anew, and one for each critical finding that came up since the page was opened.
const (
	eventNow      = "now"
	eventCritical = "critical"
)

// calm is how long the stream waits after a change, so that a flood of changes is one.
const calm = 2 * time.Second

// send gives an event to the browser.
type send = func(event string, c templ.Component) error

// live tells of changes until the reader leaves.
func (p *pages) live(w http.ResponseWriter, r *shell.Request) error {
	return p.shell.Stream(w, r, func(send func(string, templ.Component) error) error {
		if p.Live == nil {
			<-r.Context().Done()
			return nil
		}
		s := &stream{p: p, r: r, known: map[string]bool{}}
		if err := s.begin(); err != nil {
			return err
		}
		for range p.Live.Subscribe(r.Context()) {
			if err := s.tell(send); err != nil {
				return err
			}
			if !s.rest() {
				return nil
			}
		}
		return nil
	})
}

// stream is one reader's.
type stream struct {
	p     *pages
	r     *shell.Request
	known map[string]bool // critical findings that the page shows, or that it was told of
}

// begin notes what the page shows.
func (s *stream) begin() error {
	v, err := s.p.view(s.r)
	for _, f := range v.Critical.Value.Items {
		s.known[f.ID] = true
	}
	return err
}

func (s *stream) tell(send send) error {
	v, err := s.p.view(s.r)
	if err != nil {
		return err
	}
	for _, f := range v.Critical.Value.Items {
		if s.known[f.ID] {
			continue
		}
		s.known[f.ID] = true
		if err := send(eventCritical, templ.Raw("")); err != nil {
			return err
		}
	}
	return send(eventNow, figures(v))
}

// rest waits; false when the reader has left.
func (s *stream) rest() bool {
	select {
	case <-s.r.Context().Done():
		return false
	case <-time.After(calm):
		return true
	}
}
