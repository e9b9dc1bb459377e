package overview

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/web/shell"
)

// eventCritical tells of something new that the page does not show: a critical finding, a condition, a row more. It waits behind a bar until the
// reader wants it. The other events are named for the section that they bring anew.
const eventCritical = "critical"

// calm is how long the stream waits after a change, so that a flood of changes is one.
const calm = 2 * time.Second

// section is a part of the page that changes in place as long as its shape stays: figures may change, rows may not come. Its name is that of an
// event of the stream; browsers have an "open" and an "error" of their own.
type section struct {
	name, shape string
	body        templ.Component
}

// sections are the parts in their order: the first two stand beside each other.
func sections(v view) []section {
	return []section{
		{"approvals", fmt.Sprint(len(v.Approvals.Value.Waits)), approvals(v.Approvals)},
		{"sent", fmt.Sprint(len(v.Sent.Value.States)), sent(v.Sent)},
		{"today", fmt.Sprint(len(v.Today.Value.Classes)), today(v.Today)},
		{"standing", fmt.Sprint(len(v.Open.Value.Classes), len(v.Open.Value.Severities), len(v.Open.Value.Organisations)), open(v.Open)},
	}
}

// live tells of changes until the reader leaves.
func (p *pages) live(w http.ResponseWriter, r *shell.Request) error {
	return p.shell.Stream(w, r, func(send func(string, templ.Component) error) error {
		if p.Live == nil {
			<-r.Context().Done()
			return nil
		}
		s := &stream{p: p, r: r, send: send, known: map[string]bool{}, shapes: map[string]string{}, sent: map[string]string{}}
		v, err := p.view(r)
		if err != nil {
			return err
		}
		s.begin(v)
		for range p.Live.Subscribe(r.Context()) {
			if err := s.tell(); err != nil || !s.rest() {
				return err
			}
		}
		return nil
	})
}

// stream is one reader's.
type stream struct {
	p      *pages
	r      *shell.Request
	send   func(event string, c templ.Component) error
	known  map[string]bool   // critical findings and conditions that the page shows, or that it was told of
	shapes map[string]string // of the sections as the page shows them
	sent   map[string]string // the sections as they were sent last
}

// begin notes what the page shows.
func (s *stream) begin(v view) {
	for _, name := range news(v) {
		s.known[name] = true
	}
	for _, part := range sections(v) {
		s.shapes[part.name] = part.shape
	}
}

// news names what is of interest by itself.
func news(v view) (names []string) {
	for _, f := range v.Critical.Value.Items {
		names = append(names, "finding "+f.ID)
	}
	for _, c := range v.Health.Value {
		names = append(names, "condition "+c.Check+" "+c.Object)
	}
	for _, p := range v.Slots {
		for _, f := range p.Figures {
			if f.Bad {
				names = append(names, fmt.Sprint("figure ", f.Href, " ", f.N))
			}
		}
	}
	return names
}

// tell sends what has changed.
func (s *stream) tell() error {
	v, err := s.p.view(s.r)
	if err != nil {
		return err
	}
	more := 0
	for _, name := range news(v) {
		if !s.known[name] {
			s.known[name] = true
			more++
		}
	}
	for _, part := range sections(v) {
		if part.shape != s.shapes[part.name] {
			s.shapes[part.name] = part.shape
			more++
			continue
		}
		if err := s.bring(part); err != nil {
			return err
		}
	}
	if more == 0 {
		return nil
	}
	return s.send(eventCritical, templ.Raw(strconv.Itoa(more)))
}

// bring sends a section if it looks other than before.
func (s *stream) bring(part section) error {
	var text strings.Builder
	if err := inPlace(part).Render(s.r.Context(), &text); err != nil || text.String() == s.sent[part.name] {
		return err
	}
	s.sent[part.name] = text.String()
	return s.send(part.name, templ.Raw(text.String()))
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
