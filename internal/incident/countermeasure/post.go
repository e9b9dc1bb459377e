package countermeasure

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/httpx"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

const (
	postLease = 5 * time.Minute // for which a try has a message to itself
	postTries = 12
	postPause = time.Minute // after the first try that failed; doubled each time
	postMost  = 6 * time.Hour
	postHeld  = time.Hour // while the checklist does not allow to ask
)

// errHeld says that a request is not sent now: the police object meanwhile.
var errHeld = errors.New("the checklist does not allow to ask now")

// request is what an abuse API is given.
type request struct {
	Reference string          `json:"reference"`
	Message   string          `json:"message_id"`
	Action    MoveName        `json:"action"`
	Kind      Kind            `json:"kind"`
	AssetKind AssetKind       `json:"asset_kind"`
	Asset     string          `json:"asset"`
	Abuse     Abuse           `json:"abuse"`
	Subject   string          `json:"subject"`
	Text      string          `json:"text"`
	XARF      json.RawMessage `json:"xarf,omitempty"`
}

// waiting is a message that is to be posted.
type waiting struct {
	id, about, incident string
	tries               int
}

// postDue posts what waits for abuse APIs. It returns how many were tried.
func (s *Service) postDue(ctx context.Context, actor identity.Actor) (n int, err error) {
	var list []waiting
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT m.id, c.id, c.incident, m.tries FROM countermeasure_message m JOIN countermeasure c ON c.id = m.countermeasure
			WHERE m.post_due > 0 AND m.post_due <= $1 ORDER BY m.post_due LIMIT 100`, []any{s.o.Clock.Now()}, func(row func(...any) error) error {
			var w waiting
			err := row(&w.id, &w.about, &w.incident, &w.tries)
			list = append(list, w)
			return err
		})
	})
	for _, w := range list {
		if err != nil {
			return n, err
		}
		var tried bool
		if tried, err = s.postOne(ctx, actor, w); tried {
			n++
		}
	}
	return n, err
}

// postOne tries one message: it takes it for a while, posts it, and notes what came of it.
func (s *Service) postOne(ctx context.Context, actor identity.Actor, w waiting) (tried bool, err error) {
	var provider string
	var body []byte
	err = s.o.Incidents.Work(ctx, actor, w.incident, func(tx *sqldb.Tx, in *incident.Inside) error {
		n, err := tx.Exec(`UPDATE countermeasure_message SET post_due = $3, tries = tries + 1 WHERE id = $1 AND tries = $2 AND post_due > 0 AND post_due <= $4`,
			w.id, w.tries, in.Now.Add(postLease), in.Now)
		if tried = n == 1; err != nil || !tried {
			return err
		}
		provider, body, err = s.requestOf(tx, in, w)
		if errors.Is(err, errHeld) {
			tried = false
			_, err = tx.Exec(`UPDATE countermeasure_message SET post_due = $2, tries = $3 WHERE id = $1`, w.id, in.Now.Add(postHeld), w.tries)
		}
		return err
	})
	if err != nil || !tried {
		return tried, err
	}
	p, ok := s.provider(provider)
	answer, again := Answer{Text: "the configuration names no such provider any more"}, false
	if ok {
		answer, again = post(ctx, p, w.id, body)
	}
	return true, s.posted(ctx, actor, w, answer, again && w.tries+1 < postTries)
}

// post gives a request to a provider. again: it is worth another try.
func post(ctx context.Context, p Provider, key string, body []byte) (a Answer, again bool) {
	status, answer, err := p.Post(ctx, key, body)
	if err != nil {
		return Answer{Text: clip(line(err.Error()), maxAnswer)}, problem.Is(err, problem.Unavailable)
	}
	return readAnswer(status, answer), passing(status)
}

// passing tells whether a status may be another later.
func passing(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}

func (s *Service) requestOf(tx *sqldb.Tx, in *incident.Inside, w waiting) (string, []byte, error) {
	r, err := s.one(tx, in, w.about)
	if err != nil {
		return "", nil, err
	}
	list, err := messagesOf(tx, in, r)
	for _, m := range list {
		if m.ID == w.id && !slices.Contains(endings, m.Move) && r.Checklist.ready() != nil {
			return "", nil, errHeld
		}
		if m.ID == w.id {
			body, err := json.Marshal(request{r.Ref, m.ID, m.Move, r.Kind, r.Asset.Kind, r.Asset.Value, r.Abuse, m.Subject, m.Text, json.RawMessage(m.XARF)})
			return m.Provider, body, err
		}
	}
	return "", nil, err
}

// posted notes an answer. Without again it is the last word.
func (s *Service) posted(ctx context.Context, actor identity.Actor, w waiting, a Answer, again bool) error {
	return s.work(ctx, actor, w.about, func(tx *sqldb.Tx, in *incident.Inside, r *record) error {
		state, due := PostFailed, time.Time{}
		switch {
		case a.Status >= 200 && a.Status < 300:
			state = PostAccepted
		case again:
			state, due = PostWaits, in.Now.Add(min(postPause<<min(w.tries, 12), postMost))
		case a.Status >= 300 && !passing(a.Status):
			state = PostRefused
		}
		sealed, err := in.PutFor(r.Incident, "answer/"+w.id, a)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE countermeasure_message SET post = $2, post_due = $3, answer = $4 WHERE id = $1`, w.id, string(state), due, sealed); err != nil || again {
			return err
		}
		return s.settled(tx, actor, in, r, state, a)
	})
}

// settled tells what became of a message to an abuse API; one that did not arrive needs a person.
func (s *Service) settled(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, state Posting, a Answer) error {
	if state != PostAccepted {
		if err := s.stuck(tx, in, r, "The abuse API did not take the request. Look at its answer, and ask by mail if need be."); err != nil {
			return err
		}
	}
	args := map[string]string{"ticket": a.Ticket}
	if r.Party != nil {
		args["party"] = r.Party.Name
	}
	if err := s.tell(tx, actor, in, r, "api-"+string(state), args); err != nil {
		return err
	}
	return actor.Audit(tx, in.Now, OpRun, r.ID, nil, map[string]any{"post": state, "status": a.Status})
}

// NewProvider makes a provider whose abuse API takes POST requests of JSON at an address. Each request has the id of its message as Idempotency-Key, so that
// one that comes twice can be known.
func NewProvider(name string, o httpx.Options, address string, header http.Header) Provider {
	o.Timeout, o.MaxBytes, o.Redirects = 30*time.Second, 1<<20, -1
	client := httpx.New(o)
	return Provider{name, func(ctx context.Context, key string, body []byte) (int, []byte, error) {
		h := header.Clone()
		if h == nil {
			h = http.Header{}
		}
		h.Set("Content-Type", "application/json")
		h.Set("Idempotency-Key", key)
		res, err := client.Post(ctx, address, h, body)
		return res.Status, res.Body, err
	}}
}
