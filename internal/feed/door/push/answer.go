package push

import (
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
)

// Receipt is what a push is answered with.
type Receipt struct {
	Intakes []Intake `json:"intakes"` // one; as many as it has files of a zip
}

// Intake is one input, as its sender sees it.
type Intake struct {
	Intake  string      `json:"intake"`
	Href    string      `json:"href"` // where its counts are
	Feed    string      `json:"feed"`
	Report  string      `json:"report,omitempty"`
	Name    string      `json:"name,omitempty"`
	State   feed.State  `json:"state"`
	Known   bool        `json:"known,omitempty"` // the very same content came before: all its rows are duplicates
	Arrived time.Time   `json:"arrived"`
	Done    time.Time   `json:"done,omitzero"`
	Bytes   int64       `json:"bytes"`
	SHA256  string      `json:"sha256"` // of the decompressed content
	Counts  feed.Counts `json:"counts"` // zero until done
	Notes   []string    `json:"notes,omitempty"`
	Error   string      `json:"error,omitempty"` // why it is undecided
}

// tell is an intake as its sender sees it.
func tell(in feed.Intake) Intake {
	out := Intake{
		Intake: in.ID, Href: href(in), Feed: in.Feed, Report: in.Report, Name: in.Name, State: in.State, Known: in.Known,
		Arrived: in.Arrived, Done: in.Done, Bytes: in.Bytes, SHA256: in.Hash, Counts: in.Counts, Notes: in.Notes, Error: in.Error,
	}
	if in.Known {
		out.Counts = feed.Counts{Rows: in.Counts.Rows, Duplicates: in.Counts.Rows}
	}
	return out
}

func href(in feed.Intake) string { return "/api/v1/intakes/" + in.ID }

// answer says that an input is accepted.
func (d *Door) answer(g *guest, list []feed.Intake) error {
	if len(list) == 0 {
		return problem.New(problem.Invalid, "the archive holds no file")
	}
	out := Receipt{Intakes: make([]Intake, len(list))}
	for i, in := range list {
		out.Intakes[i] = tell(in)
	}
	g.w.Header().Set("Location", href(list[0]))
	write(g.w, http.StatusAccepted, "application/json", out)
	return nil
}

// Counts tells who has a token for an intake's feed how the intake stands. Whether there is such an intake nobody else learns.
func (d *Door) Counts(w http.ResponseWriter, r *http.Request) {
	in, err := d.Feeds.Get(r.Context(), identity.System(Name), r.PathValue("intake"))
	if err != nil && !problem.Is(err, problem.NotFound) {
		d.refuse(w, r, nil, err)
		return
	}
	g, err := d.letIn(w, r, in.Feed) // of none: no token is for it
	if err != nil {
		d.refuse(w, r, g, err)
		return
	}
	write(w, http.StatusOK, "application/json", tell(in))
}
