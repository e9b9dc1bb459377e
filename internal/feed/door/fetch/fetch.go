package fetch

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"path"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/httpx"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Name is what the door is called in runs, and Job the kind of its jobs, whose subject is the feed.
const (
	Name = "fetch"
	Job  = "feed.fetch"
)

// Asker asks one source, for what is new since the marks. It accepts what is new itself, changes the marks, and says what came of it: RunNew,
// RunKnown or RunUnchanged. An error is a failure of the source; *Later says when to come again.
type Asker interface {
	Ask(ctx context.Context, actor identity.Actor, marks *feed.Fetched) (feed.RunOutcome, error)
}

// Later is a failure of a source that says when it may be asked again.
type Later struct {
	After time.Duration
	Err   error
}

// Error implements error.
func (l *Later) Error() string { return l.Err.Error() }

// Unwrap gives the failure.
func (l *Later) Unwrap() error { return l.Err }

// Options is what a Fetcher stands on.
type Options struct {
	DB    *sqldb.DB
	Clock clock.Clock
	Feeds *feed.Service
	Log   *slog.Logger
	// Accepted hears that there is work; may be nil.
	Accepted func()
	// Service makes what asks a reports service, for feeds that have one (`api`); nil if none is known.
	Service func(feed string, terms config.Feed) Asker
}

// Fetcher asks the sources of all feeds.
type Fetcher struct{ Options }

// New makes a fetcher.
func New(o Options) *Fetcher { return &Fetcher{o} }

// Fetched tells whether a feed is one that is fetched.
func Fetched(f config.Feed) bool { return f.URL != "" || f.API != "" }

// Post sees to it that each feed that is fetched has its job: at the time at which it is due. It is called at each start.
func (f *Fetcher) Post(ctx context.Context, actor identity.Actor) error {
	if err := actor.Authorise(feed.OpFetch, "feeds"); err != nil {
		return err
	}
	return f.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for name, terms := range f.Feeds.Feeds {
			if !Fetched(terms) {
				continue
			}
			marks, err := f.marks(tx, name, terms)
			if err != nil {
				return err
			}
			// Not again: one that runs, in another process perhaps, posts its own next time.
			_, err = jobs.Enqueue(tx, f.Clock.Now(), jobs.Post{Kind: Job, Subject: name, Due: marks.Due, Unique: true})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *Fetcher) next(tx *sqldb.Tx, name string, due time.Time) error {
	_, err := jobs.Enqueue(tx, f.Clock.Now(), jobs.Post{Kind: Job, Subject: name, Due: due, Unique: true, Again: true})
	return err
}

// Order has a feed fetched now, whenever it is due. Errors: NotFound if it is not one that is fetched.
func (f *Fetcher) Order(ctx context.Context, actor identity.Actor, name string) error {
	if err := actor.Authorise(feed.OpIngest, name); err != nil {
		return err
	}
	if !Fetched(f.Feeds.Feeds[name]) {
		return problem.New(problem.NotFound, "feed %s is not one that is fetched: feeds.%s.url in the configuration would say from where", name, name)
	}
	return f.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := f.next(tx, name, f.Clock.Now()); err != nil {
			return err
		}
		return actor.Audit(tx, f.Clock.Now(), feed.OpIngest, name, nil, map[string]any{"fetch": "ordered"})
	})
}

// marks reads how far a feed's fetching has come. Those of another source do not count.
func (f *Fetcher) marks(tx *sqldb.Tx, name string, terms config.Feed) (feed.Fetched, error) {
	list, err := feed.ListFetched(tx, name)
	source := cmp.Or(terms.URL, terms.APIURL)
	if err != nil || len(list) == 0 || list[0].Source != source {
		return feed.Fetched{Feed: name, Source: source}, err
	}
	return list[0], nil
}

// Fetch asks a feed's source once, and posts the next time. fence is that of the job that does it. A failure of the source is on record and
// no error: the next time is the answer to it. A feed that is not fetched any more is left alone.
func (f *Fetcher) Fetch(ctx context.Context, actor identity.Actor, name string, fence func(*sqldb.Tx) error) error {
	if err := actor.Authorise(feed.OpFetch, name); err != nil {
		return err
	}
	terms, ok := f.Feeds.Feeds[name]
	if !ok || !Fetched(terms) {
		return nil
	}
	var marks feed.Fetched
	err := f.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		marks, err = f.marks(tx, name, terms)
		return err
	})
	if err != nil {
		return err
	}
	marks.Tried = f.Clock.Now()
	outcome, failure := f.asker(name, terms).Ask(ctx, actor, &marks)
	if ctx.Err() != nil {
		return context.Cause(ctx) // nobody's failure: another does it
	}
	f.judge(&marks, terms, failure)
	return f.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := fence(tx); err != nil {
			return err
		}
		return f.settle(tx, marks, outcome)
	})
}

func (f *Fetcher) asker(name string, terms config.Feed) Asker {
	if terms.API != "" && f.Service != nil {
		return f.Service(name, terms)
	}
	return &address{Fetcher: f, feed: name, terms: terms, client: Client(terms)}
}

// judge works out when a source is asked next.
func (f *Fetcher) judge(m *feed.Fetched, terms config.Feed, failure error) {
	now := f.Clock.Now()
	every := cmp.Or(terms.Every, terms.Cadence)
	if failure == nil {
		m.Worked, m.Failures, m.Failing, m.Error, m.Due = now, 0, time.Time{}, "", now.Add(every)
		return
	}
	if m.Failures++; m.Failures == 1 {
		m.Failing = now
	}
	m.Error = failure.Error()
	pause := min(backoff(m.Failures), max(every, firstBackoff))
	if later := new(Later); asLater(failure, &later) {
		pause = max(pause, min(later.After, longestLater))
	}
	m.Due = now.Add(pause)
}

const (
	firstBackoff = time.Minute
	lastBackoff  = 6 * time.Hour
	longestLater = 24 * time.Hour
)

func backoff(n int) time.Duration { return min(firstBackoff<<min(n-1, 20), lastBackoff) }

// settle writes what came of it, and posts the next time.
func (f *Fetcher) settle(tx *sqldb.Tx, m feed.Fetched, outcome feed.RunOutcome) error {
	if err := feed.PutFetched(tx, m); err != nil {
		return err
	}
	run := feed.Run{Feed: m.Feed, Door: Name, At: m.Tried, Outcome: outcome}
	if m.Error != "" {
		run.Outcome, run.Error = feed.RunFailed, m.Error
	}
	if run.Outcome == feed.RunUnchanged || run.Outcome == feed.RunFailed { // the others are on record with their intakes
		if err := feed.Ran(tx, run); err != nil {
			return err
		}
	}
	return f.next(tx, m.Feed, m.Due)
}

// Client makes what asks for a feed.
func Client(terms config.Feed) *httpx.Client {
	o := httpx.Options{Timeout: fetchTime, MaxBytes: int64(terms.MaxFetch), Internal: terms.Internal, Plain: terms.Internal}
	if terms.Token != "" && terms.TokenHeader != "Authorization" {
		o.Redirects = -1 // a redirect would carry the token to whoever it leads to
	}
	return httpx.New(o)
}

// fetchTime is how long one fetch may take.
const fetchTime = time.Hour

// address is a feed at an address.
type address struct {
	*Fetcher
	feed   string
	terms  config.Feed
	client *httpx.Client
}

// Ask implements Asker.
func (a *address) Ask(ctx context.Context, actor identity.Actor, m *feed.Fetched) (feed.RunOutcome, error) {
	req, err := a.request(ctx, m)
	if err != nil {
		return "", err
	}
	res, err := a.client.Open(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	switch {
	case res.Status == http.StatusNotModified:
		return feed.RunUnchanged, nil
	case res.Status != http.StatusOK:
		return "", Refusal(req.URL.Host, res.Status, res.Header, a.Clock.Now())
	}
	list, err := a.Feeds.Accept(ctx, actor, feed.Source{
		Feed: a.feed, Name: fileName(res.Header, res.URL), Size: max(res.Size, 0), Reader: res.Body, Door: Name,
	})
	if err != nil {
		return "", err
	}
	m.ETag, m.Modified = mark(res.Header.Get("ETag")), mark(res.Header.Get("Last-Modified"))
	return a.outcome(list), nil
}

// request asks for what is new.
func (a *address) request(ctx context.Context, m *feed.Fetched) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.terms.URL, nil)
	if err != nil {
		return nil, problem.New(problem.Invalid, "feeds.%s.url in the configuration is no address", a.feed)
	}
	if m.ETag != "" {
		req.Header.Set("If-None-Match", m.ETag)
	}
	if m.Modified != "" {
		req.Header.Set("If-Modified-Since", m.Modified)
	}
	switch {
	case a.terms.Token != "" && a.terms.TokenHeader == "Authorization":
		req.Header.Set("Authorization", "Bearer "+a.terms.Token)
	case a.terms.Token != "":
		req.Header.Set(a.terms.TokenHeader, a.terms.Token)
	case a.terms.User != "" || a.terms.Password != "":
		req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(a.terms.User+":"+a.terms.Password)))
	}
	return req, nil
}

// outcome is new if any file of the answer is.
func (a *address) outcome(list []feed.Intake) feed.RunOutcome {
	for _, in := range list {
		if !in.Known {
			if a.Accepted != nil {
				a.Accepted()
			}
			return feed.RunNew
		}
	}
	return feed.RunKnown
}

// mark keeps a source's mark within bounds: one that is longer is none.
func mark(s string) string {
	if len(s) > 1000 {
		return ""
	}
	return s
}

// fileName is what the answer calls its file, or what its address does.
func fileName(h http.Header, address string) string {
	if _, params, err := mime.ParseMediaType(h.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return params["filename"]
	}
	u, err := url.Parse(address)
	if err != nil || path.Base(u.Path) == "/" || path.Base(u.Path) == "." {
		return Name
	}
	return path.Base(u.Path)
}

// Refusal is the failure that a status means, with the time at which the source may be asked again.
func Refusal(host string, status int, h http.Header, now time.Time) error {
	err := problem.New(problem.Unavailable, "%s answers %d %s", host, status, http.StatusText(status))
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		err = fmt.Errorf("%w: see the feed's user, password or token in the configuration", err)
	}
	if after, ok := retryAfter(h.Get("Retry-After"), now); ok {
		return &Later{After: after, Err: err}
	}
	return err
}
