package poll

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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

// mostPages bounds one poll: a list without an end is gone on with in the next one, so that other jobs have their turn.
const mostPages = 100

// run is one poll.
type run struct {
	*Poller
	source config.TAXII
	client *httpx.Client
	actor  identity.Actor
	fence  func(*sqldb.Tx) error
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
	for range mostPages {
		p, err := r.ask(ctx, s)
		if err != nil {
			return false, err
		}
		if err := r.take(ctx, s, p); err != nil {
			return false, err
		}
		if err := s.advance(p); err != nil {
			return false, err
		}
		err = r.DB.Write(ctx, func(tx *sqldb.Tx) error {
			if err := r.fence(tx); err != nil {
				return err
			}
			return save(tx, *s)
		})
		if err != nil || !p.More {
			return false, err
		}
	}
	return true, nil
}

// take puts a page into the collection.
func (r *run) take(ctx context.Context, s *State, p page) error {
	if len(p.Objects) == 0 || string(p.Objects) == "[]" || string(p.Objects) == "null" {
		return nil
	}
	label, err := tlp.Parse(r.source.Label)
	if err != nil {
		return err
	}
	st, err := r.Sharing.Add(ctx, r.actor, sharing.In{
		Collection: r.source.Into, Source: r.source.Organisation, Origin: sharing.OriginPoll + s.Name, Unmarked: label, Body: bytes.NewReader(p.body),
	})
	s.Taken += int64(st.New)
	s.Aside += int64(st.Aside)
	return err
}

// advance says what is asked for after a page.
func (s *State) advance(p page) error {
	if p.last != "" {
		s.UpTo = p.last
	}
	switch {
	case !p.More:
		s.Cursor = ""
		if s.UpTo != "" {
			s.After = s.UpTo
		}
	case p.Next != "":
		if p.Next == s.Cursor {
			return errStuck
		}
		s.Cursor = p.Next
	default: // §3.4: without next, by the moment of the last object
		if s.UpTo == "" || s.UpTo == s.After {
			return errStuck
		}
		s.Cursor, s.After = "", s.UpTo
	}
	return nil
}

var errStuck = problem.New(problem.Unavailable, "the server says that there is more, and leads to the same page again")

// ask asks for one page. A cursor that the server does not know any more is given up: what came since the last object is asked for instead.
func (r *run) ask(ctx context.Context, s *State) (page, error) {
	res, err := r.get(ctx, s)
	if err == nil && s.Cursor != "" && (res.Status == http.StatusBadRequest || res.Status == http.StatusNotFound || res.Status == http.StatusGone) {
		s.Cursor, s.After = "", s.UpTo
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
	return r.client.Do(req)
}

// read reads an envelope. Errors: Unavailable for what is none.
func read(res httpx.Response) (p page, err error) {
	if kind := res.Header.Get("Content-Type"); !strings.HasPrefix(strings.ToLower(kind), "application/taxii+json") {
		return p, problem.New(problem.Unavailable, "the server answers with %q, and not with TAXII 2.1", brief(kind))
	}
	if err := json.Unmarshal(res.Body, &p); err != nil {
		return p, problem.Wrap(problem.Unavailable, err, "the server's answer is no envelope of TAXII")
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

// refusal is the failure that a status means, with the time at which the server may be asked again.
func refusal(res httpx.Response, now time.Time) error {
	err := problem.New(problem.Unavailable, "the server answers %d %s", res.Status, http.StatusText(res.Status))
	if res.Status == http.StatusUnauthorized || res.Status == http.StatusForbidden {
		err = fmt.Errorf("%w: see the source's user and password in the configuration, and ask the team whose server it is", err)
	}
	text := strings.TrimSpace(res.Header.Get("Retry-After"))
	if n, bad := strconv.ParseUint(text, 10, 31); bad == nil {
		return &later{time.Duration(n) * time.Second, err}
	}
	if at, bad := http.ParseTime(text); bad == nil {
		return &later{max(at.Sub(now), 0), err}
	}
	return err
}
