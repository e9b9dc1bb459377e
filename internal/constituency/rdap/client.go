// Package rdap asks registration services for the abuse contact of a network,
// AS number or domain (RFC 9082, 9083), finding the right service by IANA's
// bootstrap files (RFC 9224), which the operator supplies.
//
// A look-up tells a registry, and whoever watches it, what the team is looking
// at. So nothing here is asked by itself: the caller decides each time, and a
// question answered lately is answered from the cache, no as well as yes.
// Guarantees: at most one question at a time, and one per interval, to a service;
// everything goes out through httpx; answers are bounded and hostile.
package rdap

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/httpx"
)

// Cache keeps answers; the question is its key. A Get that finds nothing, or
// only what has expired, returns ok false.
type Cache interface {
	Get(ctx context.Context, question string, now time.Time) (answer []byte, ok bool, err error)
	Put(ctx context.Context, question string, answer []byte, now, expires time.Time) error
}

// Options are a client's limits; zero values take the defaults named.
type Options struct {
	Interval time.Duration // between two questions to one service: 2 s
	Keep     time.Duration // how long an answer holds: 7 days
	KeepNone time.Duration // how long "not found" holds: 1 day
	Clock    clock.Clock
}

// Client asks. It is safe for concurrent use.
type Client struct {
	http      *httpx.Client
	bootstrap *Bootstrap
	opts      Options
	mu        sync.Mutex
	cache     Cache
	next      map[string]time.Time // host -> when it may be asked again
	turns     map[string]chan struct{}
}

// New returns a client without a cache; see UseCache.
func New(client *httpx.Client, bootstrap *Bootstrap, opts Options) *Client {
	if opts.Interval == 0 {
		opts.Interval = 2 * time.Second
	}
	if opts.Keep == 0 {
		opts.Keep = 7 * 24 * time.Hour
	}
	if opts.KeepNone == 0 {
		opts.KeepNone = 24 * time.Hour
	}
	if opts.Clock == nil {
		opts.Clock = clock.Real{}
	}
	return &Client{http: client, bootstrap: bootstrap, opts: opts, next: map[string]time.Time{}, turns: map[string]chan struct{}{}}
}

// UseCache sets where answers are kept; before the first question.
func (c *Client) UseCache(cache Cache) { c.cache = cache }

// Addr asks for the network of an address. Errors: NotFound when no registry
// knows it, Unavailable when the service does not answer or asks for patience.
func (c *Client) Addr(ctx context.Context, a netip.Addr) (Answer, error) {
	a = a.Unmap().WithZone("")
	base, ok := c.bootstrap.Addr(a)
	return c.ask(ctx, base, ok, "ip/"+a.String())
}

// ASN asks for an AS number; errors as Addr.
func (c *Client) ASN(ctx context.Context, n uint32) (Answer, error) {
	base, ok := c.bootstrap.ASN(n)
	return c.ask(ctx, base, ok, "autnum/"+strconv.FormatUint(uint64(n), 10))
}

// Domain asks for a domain in ASCII form; errors as Addr.
func (c *Client) Domain(ctx context.Context, name string) (Answer, error) {
	base, ok := c.bootstrap.Domain(name)
	return c.ask(ctx, base, ok, "domain/"+url.PathEscape(name))
}

func (c *Client) ask(ctx context.Context, base string, known bool, question string) (Answer, error) {
	if !known {
		return Answer{}, problem.New(problem.NotFound, "the RDAP bootstrap files name no registry for %s", question)
	}
	if a, err := c.cached(ctx, question); err != nil || a != nil {
		return found(a, question, err)
	}
	done, err := c.turn(ctx, base)
	if err != nil {
		return Answer{}, err
	}
	defer done()
	if a, err := c.cached(ctx, question); err != nil || a != nil {
		return found(a, question, err) // somebody asked the same while we waited
	}
	a, err := c.fetch(ctx, base, question)
	if err != nil && !problem.Is(err, problem.NotFound) {
		return Answer{}, err
	}
	return found(a, question, c.keep(ctx, question, a))
}

// turn waits until nobody else is asking the service; done ends the turn.
func (c *Client) turn(ctx context.Context, base string) (done func(), err error) {
	c.mu.Lock()
	turn, ok := c.turns[base]
	if !ok {
		turn = make(chan struct{}, 1)
		c.turns[base] = turn
	}
	c.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, problem.Wrap(problem.Unavailable, ctx.Err(), "waiting for %s", base)
	}
}

// found turns an answer that says "there is none" into NotFound.
func found(a *Answer, question string, err error) (Answer, error) {
	switch {
	case err != nil:
		return Answer{}, err
	case a == nil || a.Source == "":
		return Answer{}, problem.New(problem.NotFound, "the registry knows nothing of %s", question)
	}
	return *a, nil
}

// cached returns a kept answer, the zero Answer for a kept "not found", nil for neither.
func (c *Client) cached(ctx context.Context, question string) (*Answer, error) {
	if c.cache == nil {
		return nil, nil
	}
	data, ok, err := c.cache.Get(ctx, question, c.opts.Clock.Now())
	if err != nil || !ok {
		return nil, err
	}
	var a Answer
	if json.Unmarshal(data, &a) != nil {
		return nil, nil // what an older version wrote is asked again
	}
	return &a, nil
}

func (c *Client) keep(ctx context.Context, question string, a *Answer) error {
	if c.cache == nil {
		return nil
	}
	hold := c.opts.Keep
	if a == nil {
		a, hold = &Answer{}, c.opts.KeepNone
	}
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	now := c.opts.Clock.Now()
	return c.cache.Put(ctx, question, data, now, now.Add(hold))
}

// fetch asks the service itself.
func (c *Client) fetch(ctx context.Context, base, question string) (*Answer, error) {
	u, err := url.Parse(base + question)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "the registry's address %s", base)
	}
	if err := c.wait(ctx, u.Host); err != nil {
		return nil, err
	}
	res, err := c.http.Get(ctx, u.String(), "application/rdap+json, application/json")
	if err != nil {
		return nil, err
	}
	switch res.Status {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, problem.New(problem.NotFound, "the registry knows nothing of %s", question)
	case http.StatusTooManyRequests:
		c.backOff(u.Host, res.Header.Get("Retry-After"))
		return nil, problem.New(problem.Unavailable, "%s asks for patience: try again later", u.Host)
	default:
		return nil, problem.New(problem.Unavailable, "%s answered with status %d", u.Host, res.Status)
	}
	a, err := Decode(res.Body)
	if err != nil {
		return nil, err
	}
	a.Source, a.Asked = u.Host, c.opts.Clock.Now().UTC()
	return &a, nil
}

// wait books the next free moment of a service and waits for it; one that is
// more than ten intervals away is not worth waiting for.
func (c *Client) wait(ctx context.Context, host string) error {
	c.mu.Lock()
	now := time.Now()
	at := c.next[host]
	if at.Before(now) {
		at = now
	}
	if at.Sub(now) > 10*c.opts.Interval {
		c.mu.Unlock()
		return problem.New(problem.Unavailable, "%s has been asked too often: try again in %s", host, at.Sub(now).Round(time.Second))
	}
	c.next[host] = at.Add(c.opts.Interval)
	c.mu.Unlock()
	timer := time.NewTimer(at.Sub(now))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return problem.Wrap(problem.Unavailable, ctx.Err(), "waiting for %s", host)
	case <-timer.C:
		return nil
	}
}

// backOff leaves a service alone for as long as it asked, at most an hour, at
// least a minute.
func (c *Client) backOff(host, retryAfter string) {
	pause := time.Minute
	if s, err := strconv.Atoi(retryAfter); err == nil {
		pause = min(max(time.Duration(s)*time.Second, time.Minute), time.Hour)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next[host] = time.Now().Add(pause)
}
