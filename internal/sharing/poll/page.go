package poll

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/httpx"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
)

// MediaType is the type of what is asked for.
const MediaType = "application/taxii+json;version=2.1"

// mostPages and mostTime bound one poll: a list without an end is gone on with in the next one, so that other jobs have their turn.
const (
	mostPages = 100
	mostTime  = 10 * time.Minute
)

// ahead is how far a server's clock may be before ours.
const ahead = 24 * time.Hour

// run is one poll.
type run struct {
	*Poller
	source config.TAXII
	client *httpx.Client
	actor  identity.Actor
	fence  func(*sqldb.Tx) error
	seen   map[[sha256.Size]byte]bool // digests of the pages that came
	doubt  error                      // what is wrong with what the server says, though it could be read
}

// page is an envelope (TAXII 2.1 §3.7).
type page struct {
	More    bool            `json:"more"`
	Next    string          `json:"next"`
	Objects json.RawMessage `json:"objects"`
	last    string          // X-TAXII-Date-Added-Last
	body    []byte
}

// pages reads page by page, and keeps how far that is after each. more is true if there is more to read.
func (r *run) pages(ctx context.Context, s *State) (more bool, err error) {
	if r.client, err = r.Poller.client(s.Name, r.source); err != nil {
		return false, err
	}
	began, before := r.Clock.Now(), *s
	for range mostPages {
		p, err := r.ask(ctx, s)
		if err != nil {
			return false, err
		}
		if err := r.take(ctx, s, p); err != nil {
			return false, err
		}
		if err := r.advance(s, p); err != nil {
			return false, err
		}
		err = r.DB.Write(ctx, func(tx *sqldb.Tx) error {
			if err := r.fence(tx); err != nil {
				return err
			}
			return save(tx, *s)
		})
		if err != nil || !p.More {
			return false, cmp.Or(err, r.doubt)
		}
		if r.Clock.Now().Sub(began) > mostTime {
			break
		}
	}
	if s.Taken == before.Taken && s.UpTo == before.UpTo {
		return false, errEndless
	}
	return true, r.doubt
}

// full reports whether objects stand on a page.
func (p page) full() bool {
	return len(p.Objects) > 0 && string(p.Objects) != "[]" && string(p.Objects) != "null"
}

// advance says what is asked for after a page. A server that leads in a circle is asked anew next time, for what came after the last object.
func (r *run) advance(s *State, p page) error {
	r.doubt = cmp.Or(s.moment(p.last, r.Clock.Now()), r.doubt)
	sum := sha256.Sum256(p.Objects)
	if !p.full() { // of these only next tells one from the other
		sum = sha256.Sum256([]byte(p.Next))
	}
	if p.More && r.seen[sum] {
		s.anew()
		return errStuck
	}
	r.seen[sum] = true
	return s.next(p)
}

// proof is how a server is known: by TLS, or not at all.
func proof(address string) string {
	if strings.HasPrefix(address, "https:") {
		return sharing.ProofServer
	}
	return ""
}

// moment keeps up to where objects came. What the server says of that is believed only as far as nothing is missed by it: not what lies in the future, and
// not that it lies before what was asked for.
func (s *State) moment(last string, now time.Time) error {
	at, err := time.Parse(time.RFC3339Nano, last)
	if err != nil {
		return nil
	}
	if at.After(now.Add(ahead)) {
		return problem.New(problem.Unavailable, "the server says that it added objects on %s, which is yet to come: what it has is read again each time, and none is missed; "+
			"tell the team whose server it is that its clock is wrong", last)
	}
	back := at.Before(parsed(s.UpTo))
	was := s.UpTo
	if s.UpTo = last; at.Before(parsed(s.After)) {
		s.UpTo = s.After
	}
	if back {
		return problem.New(problem.Unavailable, "the moments at which the server says that it added its objects go backwards, from %s to %s: a part of them is read again "+
			"each time, and none is missed; tell the team whose server it is", was, last)
	}
	return nil
}

func parsed(moment string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, moment) // "" is before all
	return t
}

// again has what came since the last object asked for, by its moment: the list was read to its end.
func (s *State) again() { s.Cursor, s.After = "", cmp.Or(s.UpTo, s.After) }

// anew has the list gone on with by the moment of the last object, which it gives once more: others of that moment may lie behind the page that ended with
// it. Where that led no further, the list goes on behind the moment; false if it went on there already.
func (s *State) anew() bool {
	from, strict := tick(s.UpTo), s.After == s.UpTo
	if from == s.After {
		from = s.UpTo
	}
	s.Cursor = ""
	if s.UpTo != "" && !strict {
		s.After = from
	}
	return s.UpTo != "" && !strict
}

// tick is the moment of which all that is later includes an object's: a microsecond before it, which is as fine as TAXII's moments are.
func tick(moment string) string {
	at, err := time.Parse(time.RFC3339Nano, moment)
	if err != nil {
		return ""
	}
	return at.Add(-time.Microsecond).UTC().Format("2006-01-02T15:04:05.000000Z")
}

// take puts a page into the collection.
func (r *run) take(ctx context.Context, s *State, p page) error {
	if !p.full() {
		return nil
	}
	label, err := tlp.Parse(r.source.Label)
	if err != nil {
		return err
	}
	st, err := r.Sharing.Add(ctx, r.actor, sharing.In{
		Collection: r.source.Into, Source: r.source.Organisation, Origin: sharing.OriginPoll + s.Name, Proof: proof(s.URL), Unmarked: label, Body: bytes.NewReader(p.body),
	})
	s.Taken += int64(st.New)
	s.Aside += int64(st.Aside)
	return err
}

// next says what is asked for after a page.
func (s *State) next(p page) error {
	switch {
	case !p.More:
		s.again()
	case p.Next != "" && p.Next == s.Cursor:
		s.anew()
		return errStuck
	case p.Next != "":
		s.Cursor = p.Next
	case !s.anew(): // §3.4: without next, by the moment of the last object
		return errStuck
	}
	return nil
}

var (
	errStuck = problem.New(problem.Unavailable, "the server says that there is more, and leads to the same page again: it is asked again by the moment of the last object; "+
		"if it stays so, tell the team whose server it is")
	errEndless = problem.New(problem.Unavailable, "the server says that there is more, page after page, and nothing of it is new: it is gone on with later; "+
		"if it stays so, tell the team whose server it is")
)

// ask asks for one page. A cursor that the server does not know any more is given up: what came since the last object is asked for instead.
func (r *run) ask(ctx context.Context, s *State) (page, error) {
	res, err := r.get(ctx, s)
	if err == nil && s.Cursor != "" && (res.Status == http.StatusBadRequest || res.Status == http.StatusNotFound || res.Status == http.StatusGone) {
		s.anew()
		res, err = r.get(ctx, s)
	}
	if err != nil {
		return page{}, err
	}
	if res.Status != http.StatusOK {
		return page{}, refusal(res, r.Clock.Now())
	}
	return read(res)
}

func (r *run) get(ctx context.Context, s *State) (httpx.Response, error) {
	q := url.Values{"limit": {strconv.Itoa(sharing.MaxPage)}}
	if s.After != "" {
		q.Set("added_after", s.After)
	}
	if s.Cursor != "" {
		q.Set("next", s.Cursor)
	}
	if len(r.source.Types) > 0 {
		q.Set("match[type]", strings.Join(r.source.Types, ","))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"?"+q.Encode(), nil)
	if err != nil {
		return httpx.Response{}, problem.New(problem.Invalid, "taxii.%s.url in the configuration is no address", s.Name)
	}
	req.Header.Set("Accept", MediaType)
	switch {
	case r.source.User != "":
		req.SetBasicAuth(r.source.User, r.source.Password)
	case r.source.Password != "":
		req.Header.Set("Authorization", "Bearer "+r.source.Password)
	}
	res, err := r.client.Do(req)
	return res, advised(s.Name, r.source, err)
}

// read reads an envelope. Errors: Unavailable for what is none.
func read(res httpx.Response) (p page, err error) {
	if kind := res.Header.Get("Content-Type"); !strings.HasPrefix(strings.ToLower(kind), "application/taxii+json") {
		return p, problem.New(problem.Unavailable, "the server answers with %q, and not with TAXII 2.1: see the source's url in the configuration", brief(kind))
	}
	if err := json.Unmarshal(res.Body, &p); err != nil {
		return p, problem.Wrap(problem.Unavailable, err, "the server's answer is no envelope of TAXII: tell the team whose server it is")
	}
	p.body, p.last = res.Body, res.Header.Get("X-TAXII-Date-Added-Last")
	if _, err := time.Parse(time.RFC3339Nano, p.last); err != nil {
		p.last = "" // what is no time helps nobody
	}
	if len(p.Next) > 8<<10 || strings.ContainsRune(p.Next, 0) {
		return p, problem.New(problem.Unavailable, "the server's next is too long")
	}
	return p, nil
}

// remedies say what to do about a status.
var remedies = map[int]string{
	http.StatusUnauthorized:          "see the source's user, password and tls_cert in the configuration, and ask the team whose server it is",
	http.StatusForbidden:             "it knows who asks, and does not let them: ask the team whose server it is, and see the source's user and password in the configuration",
	http.StatusNotFound:              "see the source's url and collection in the configuration",
	http.StatusNotAcceptable:         "it does not speak TAXII 2.1: see the source's url in the configuration",
	http.StatusRequestEntityTooLarge: "tell the team whose server it is",
	http.StatusTooManyRequests:       "it is asked again later: say a longer every in the configuration",
}

// refusal is the failure that a status means, with the time at which the server may be asked again.
func refusal(res httpx.Response, now time.Time) error {
	remedy := remedies[res.Status]
	if remedy == "" {
		remedy = "it is asked again later, and goes on there; if it stays so, tell the team whose server it is"
	}
	err := problem.New(problem.Unavailable, "the server answers %d %s: %s", res.Status, http.StatusText(res.Status), remedy)
	text := strings.TrimSpace(res.Header.Get("Retry-After"))
	if n, bad := strconv.ParseUint(text, 10, 31); bad == nil {
		return &later{time.Duration(n) * time.Second, err}
	}
	if at, bad := http.ParseTime(text); bad == nil {
		return &later{max(at.Sub(now), 0), err}
	}
	return err
}
