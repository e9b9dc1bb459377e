package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/demo"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification"
)

// How a night of feeds is drawn out, so that a person sees it happen.
const (
	dripPause    = 4 * time.Second  // between files
	dripFirst    = 6                // files after which the owners are told
	trickleLeast = 10 * time.Second // between small reports, once all files are in
	trickleMost  = 30 * time.Second
	trickleRows  = 40
)

// trickled are the reports that keep coming.
var trickled = []string{"scan_telnet", "event4_sinkhole_http", "event4_honeypot_brute_force", "scan_rdp", "phish_url", "compromised_website"}

// serve runs the server on the demonstration, while its feeds arrive.
func (c *demoCmd) serve(s *session, d app.Demo) error {
	conf, err := s.config()
	if err != nil {
		return err
	}
	asConfigured := conf // as commands that ask the server read it
	if conf.Log.Level == "info" {
		conf.Log.Level = "warn" // what it says itself is enough
	}
	if c.Listen != "" {
		conf.Serve.Listen = c.Listen
	}
	a, err := s.openServer(&conf)
	if err != nil {
		return err
	}
	actor, err := identity.OSUser()
	if err != nil {
		return errors.Join(err, a.Close())
	}
	t := &demonstration{session: s, Demo: d, app: a, actor: actor, progress: newProgress(s.err, true)}
	return errors.Join(t.live(hosted(a, asConfigured)), a.Close())
}

// live serves, and lets feeds arrive once the server answers.
func (t *demonstration) live(command app.Command) error {
	if err := t.register(); err != nil {
		return err
	}
	if err := t.quiet(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(t.ctx)
	defer cancel()
	arrived := make(chan error, 1)
	arrived <- nil
	err := t.app.Serve(ctx, app.ServeOptions{Command: command, Ready: func(url string) {
		t.url = url
		t.welcome(url)
		<-arrived //nolint:errcheck // the nil from above
		go func() { arrived <- t.come(ctx) }()
	}})
	cancel()
	if failed := <-arrived; t.ctx.Err() == nil {
		err = errors.Join(err, failed)
	}
	return err
}

// come lets reports and feeds arrive, beside each other.
func (t *demonstration) come(ctx context.Context) error {
	for _, begin := range []func() error{t.fellows, t.reports} {
		if err := begin(); err != nil {
			return ignoring(ctx, err)
		}
	}
	t.readMailbox()
	told := make(chan error, 1)
	go func() { told <- t.drip(ctx) }()
	err := t.arrive(ctx)
	return ignoring(ctx, errors.Join(err, <-told))
}

// ignoring forgets an error once ctx ended.
func ignoring(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// readMailbox says how to read what the team answered to somebody whose name it does not know.
func (t *demonstration) readMailbox() {
	if t.code != "" {
		t.printf("Somebody anonymous reported something. What was answered is read at\n%s/report/mailbox with this code, shown once: %s\n\n", t.url, t.code)
	}
}

// quiet keeps webhooks from posting to the world.
func (t *demonstration) quiet() error {
	webhooks, err := delivery.ScopeOf("channel", "webhook")
	if err != nil {
		return err
	}
	return t.app.Delivery.Stop(t.ctx, t.actor, webhooks, "the demonstration posts nothing to the world")
}

func (t *demonstration) welcome(url string) {
	t.printf("\nFirehall is ready at %s\n", url)
	link, expires, err := t.app.LoginLink(t.ctx, t.actor, url)
	if err != nil {
		t.printf("%s prints a link to log in with.\n", t.command("login-link"))
		return
	}
	t.printf("\nLog in with this link, once and within %d minutes:\n\n   %s\n\n", int(time.Until(expires).Round(time.Minute).Minutes()), link)
	t.printf("Feeds and reports arrive now, one after the other; look at the page. Mail is caught in\n%s. Ctrl-C ends it; %s makes another link.\n\n", t.tidyPath(t.Mail()), t.command("login-link"))
}

// arrive lets the files come in, tells the owners about the first of them, and then lets small reports come until ctx ends. What came later
// waits for a person's approval, as it would in life.
func (t *demonstration) arrive(ctx context.Context) error {
	files := slices.Clone(t.Files)
	slices.SortStableFunc(files, func(a, b demo.File) int { return min(a.Rows, 5000) - min(b.Rows, 5000) }) // something to see at once
	for i, f := range files {
		res, err := t.file(f)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		known := t.arrived(f.Path, res)
		if i+1 == dripFirst {
			if err := t.tellFirst(ctx); err != nil {
				return err
			}
		}
		if !known && !wait(ctx, dripPause) {
			return nil
		}
	}
	for n := 1; wait(ctx, trickleLeast+rand.N(trickleMost-trickleLeast)); n++ { //nolint:gosec // chance that nobody has to guess
		if err := t.trickle(ctx, n); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
	return ctx.Err() == nil
}

// arrived prints what came of one input, and tells whether it had come before.
func (t *demonstration) arrived(name string, res feed.Result) (known bool) {
	known = len(res.Intakes) > 0 && !slices.ContainsFunc(res.Intakes, func(a feed.Accounts) bool { return !a.Known })
	note := ""
	switch {
	case known:
		note = ", all of them before"
	case res.SetAside > 0:
		note = fmt.Sprintf(", %s set aside", grouped(res.SetAside))
	}
	t.printf("%s  %s: %s rows, %s new events%s\n", time.Now().Format(time.TimeOnly), filepath.Base(name), grouped(res.Rows), grouped(res.Events), note)
	return known
}

// tellFirst approves what is there and sends it.
func (t *demonstration) tellFirst(ctx context.Context) error {
	if _, err := t.app.ApplyFindings(ctx, t.actor, nil); err != nil && !problem.Is(err, problem.Conflict) {
		return err
	}
	if _, err := t.app.Notify.Approve(ctx, t.actor, notification.ApproveOptions{}); err != nil {
		return err
	}
	run, err := t.app.Notify.Send(ctx, t.actor, nil)
	if problem.Is(err, problem.Conflict) { // the server is at it
		return nil
	}
	if err == nil && run.Messages > 0 {
		t.printf("%s  you approved what waited: %d messages go to the owners. What comes later waits for you on the page.\n", time.Now().Format(time.TimeOnly), run.Messages)
	}
	return err
}

// trickle lets one small report come.
func (t *demonstration) trickle(ctx context.Context, n int) error {
	now := time.Now()
	report := trickled[n%len(trickled)]
	var text bytes.Buffer
	err := demo.Generate(&text, demo.Options{
		Report: report, Rows: 1 + rand.N(trickleRows), Seed: uint64(now.UnixNano()), Now: now, Severity: report == "scan_rdp", //nolint:gosec // chance that nobody has to guess
	})
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s-%s-live-%s.csv", now.UTC().Format(time.DateOnly), report, now.UTC().Format("150405"))
	res, err := t.app.Feeds.Ingest(ctx, t.actor, feed.Source{Feed: "shadowserver", Name: name, Size: int64(text.Len()), Reader: &text})
	if err == nil {
		t.arrived(name, res)
	}
	return err
}
