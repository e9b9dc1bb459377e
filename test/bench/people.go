package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// People who look at pages at the same time.
const (
	people       = 200
	betweenEach  = 10 * time.Second // clicks of one person
	peopleWarm   = 10 * time.Second // in which answers are not counted
	peopleFor    = 60 * time.Second // and then are
	clickLimit   = 300 * time.Millisecond
	fewestPeople = 10
)

// click is what a person asks for: a page, and the parts of it that come by themselves.
type click struct {
	name  string
	share int // of a hundred
	paths func(r *rand.Rand, seen []string) []string
}

// clicks are the pages of a day at work. Of what is asked about addresses each click asks for another.
var clicks = []click{
	{"overview", 20, always("/")},
	{"findings", 15, always("/findings")},
	{"findings of a class", 5, always("/findings?q=class:infected-system", "/findings/facets?q=class:infected-system")},
	{"events", 15, always("/events", "/events/histogram", "/events/breakdown?by=class")},
	{"events of a class", 5, always("/events?q=class:infected-system", "/events/histogram?q=class:infected-system", "/events/breakdown?q=class:infected-system&by=country")},
	{"events by AS number", 5, always("/events?by=source.asn", "/events/histogram", "/events/breakdown?by=source.asn")},
	{"lookup of an address", 15, func(r *rand.Rand, seen []string) []string {
		ip := seen[r.IntN(len(seen))]
		return []string{"/lookup?q=" + ip, "/lookup/events?q=ip%3A" + url.QueryEscape(ip)}
	}},
	{"organisations", 5, always("/organisations")},
	{"notifications", 5, always("/notifications")},
	{"feeds", 5, always("/feeds")},
	{"jobs", 3, always("/jobs")},
	{"settings", 2, always("/settings")},
}

func always(paths ...string) func(*rand.Rand, []string) []string {
	return func(*rand.Rand, []string) []string { return paths }
}

// choose picks one of some clicks by its share.
func choose(list []click, r *rand.Rand) click {
	sum := 0
	for _, c := range list {
		sum += c.share
	}
	n := r.IntN(sum)
	for _, c := range list {
		if n -= c.share; n < 0 {
			return c
		}
	}
	return list[0]
}

// crowd is the people at one server.
type crowd struct {
	server     *server
	clicks     []click
	seen       []string      // addresses
	warm, long time.Duration // how long answers are not counted, and then are

	mu    sync.Mutex
	took  map[string][]time.Duration // by the name of a click
	wrong error                      // the first answer that was none
}

// peoplePoint has people click at a server over many events.
func peoplePoint(ctx context.Context, h *house) (t table, err error) {
	data, rows, err := h.manyData(ctx)
	if err != nil {
		return t, err
	}
	seen, err := h.settle(ctx, data)
	if err != nil {
		return t, err
	}
	s, err := h.serve(ctx, data)
	if err != nil {
		return t, err
	}
	c := &crowd{server: s, clicks: clicks, seen: seen, warm: peopleWarm, long: peopleFor}
	n := h.part(people)
	err = h.click(ctx, c, data, n)
	most, stopped := s.stop()
	if err := errors.Join(err, stopped, c.wrong); err != nil {
		return t, err
	}
	t = c.table(fmt.Sprintf("%d people over %s events", n, thousands(rows)))
	t.gates = append(t.gates, c.gate(fmt.Sprintf("%d people, each clicking every %s", n, betweenEach), clickLimit),
		atMost("memory of the server with its people", float64(most>>20), memoryOfPages>>20, " MiB"))
	t.note("`firehall serve` in a process of its own, the people in this one, each with a session of a login link; on the same cores. A click's time is until the page and "+
		"what its parts ask for by themselves are there. Not counted are the first %s. At most %s were resident in the server and its query engines.", peopleWarm, mebibytes(most))
	return t, nil
}

// part is how many of some people come to a run in small.
func (h *house) part(all int) int {
	return max(fewestPeople, int(float64(all)*min(1, float64(h.rows)/fullRows)))
}

// settle forgets the facts that are not applied: making findings of them is measured elsewhere, and there are millions. It gives addresses.
func (h *house) settle(ctx context.Context, data string) (seen []string, err error) {
	a, err := h.openApp(ctx, data)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx))) }()
	err = a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM fold`)
		return err
	})
	if err != nil {
		return nil, err
	}
	seen, err = someAddresses(ctx, a.Desk)
	if err == nil && len(seen) == 0 {
		err = errors.New("no event has an address")
	}
	return seen, err
}

// click lets n people click until the time is over.
func (h *house) click(ctx context.Context, c *crowd, data string, n int) error {
	browsers := make([]*http.Client, n)
	for i := range browsers {
		var err error
		if browsers[i], err = h.enter(ctx, c.server, data); err != nil {
			return err
		}
	}
	warm, long := c.warm, c.long
	if h.rows < fullRows {
		warm, long = warm/5, long/6
	}
	c.took = map[string][]time.Duration{}
	ctx, cancel := context.WithTimeout(ctx, warm+long)
	defer cancel()
	counts := time.Now().Add(warm)
	var all sync.WaitGroup
	for i, b := range browsers {
		all.Go(func() { c.person(ctx, b, rand.New(rand.NewPCG(1, uint64(i))), counts) }) //nolint:gosec // who clicks what need be no secret
	}
	all.Wait()
	if len(c.all()) == 0 { // the machine stood still for all of that time
		c.once(ctx, browsers[0], rand.New(rand.NewPCG(1, 0)), true)
	}
	return nil
}

// enter logs a person in.
func (h *house) enter(ctx context.Context, s *server, data string) (*http.Client, error) {
	link, err := h.say(ctx, data, "login-link")
	if err != nil {
		return nil, err
	}
	jar, _ := cookiejar.New(nil) // has no error without options
	c := &http.Client{Jar: jar, Transport: &http.Transport{}, Timeout: 3 * time.Minute}
	_, token, ok := strings.Cut(link, "token=")
	if !ok {
		return nil, fmt.Errorf("%q is no login link", link)
	}
	form := url.Values{"token": {token}, "next": {"/settings"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if status, _, err := do(c, r); err != nil || status != http.StatusOK {
		return nil, fmt.Errorf("log in: %d %w", status, err)
	}
	return c, nil
}

// person clicks, and waits, until ctx ends. Answers to what was clicked before a time do not count.
func (c *crowd) person(ctx context.Context, b *http.Client, r *rand.Rand, counts time.Time) {
	wait := time.Duration(r.Int64N(int64(betweenEach)))
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		begun := time.Now()
		c.once(ctx, b, r, begun.After(counts))
		wait = max(0, betweenEach-time.Since(begun))
	}
}

// once clicks once.
func (c *crowd) once(ctx context.Context, b *http.Client, r *rand.Rand, counts bool) {
	begun, k := time.Now(), choose(c.clicks, r)
	err := c.ask(context.WithoutCancel(ctx), b, k.paths(r, c.seen))
	c.note(k.name, time.Since(begun), counts, err)
}

// ask asks for a page, and then for its parts together, as a browser does.
func (c *crowd) ask(ctx context.Context, b *http.Client, paths []string) error {
	if err := c.get(ctx, b, paths[0], false); err != nil {
		return err
	}
	var parts sync.WaitGroup
	errs := make([]error, len(paths))
	for i, path := range paths[1:] {
		parts.Go(func() { errs[i] = c.get(ctx, b, path, true) })
	}
	parts.Wait()
	return errors.Join(errs...)
}

func (c *crowd) get(ctx context.Context, b *http.Client, path string, part bool) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.server.url+path, http.NoBody)
	if err != nil {
		return err
	}
	if part {
		r.Header.Set("HX-Request", "true")
	}
	status, _, err := do(b, r)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s was answered %d", path, status)
	}
	return err
}

func (c *crowd) note(name string, took time.Duration, counts bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = cmp.Or(c.wrong, err)
	if counts {
		c.took[name] = append(c.took[name], took)
	}
}

// table tells how long people waited, page by page.
func (c *crowd) table(title string) table {
	t := table{title: title, head: []string{"a click at", "clicks", "median", "95th percentile", "slowest"}}
	for _, name := range slices.Sorted(maps.Keys(c.took)) {
		t.addTimes(name, c.took[name])
	}
	t.addTimes("**all of them**", c.all())
	return t
}

// all are the times of all clicks.
func (c *crowd) all() (all []time.Duration) {
	for _, times := range c.took {
		all = append(all, times...)
	}
	return all
}

// gate is on the 95th percentile.
func (c *crowd) gate(who string, most time.Duration) gate {
	return atMost(who+": 95th percentile", float64(percentile(c.all(), 95))/1e6, float64(most.Milliseconds()), " ms")
}

func (t *table) addTimes(name string, times []time.Duration) {
	if len(times) > 0 {
		t.add(name, thousands(int64(len(times))), milliseconds(percentile(times, 50)), milliseconds(percentile(times, 95)), milliseconds(slices.Max(times)))
	}
}

// percentile is the least time that so many of a hundred do not exceed.
func percentile(times []time.Duration, p int) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}
