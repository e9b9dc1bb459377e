package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
)

// Reports of people, and those who work through them.
const (
	manyReports = 100_000
	reportLimit = 150 * time.Millisecond // for the queue and a search
	likeLimit   = 200 * time.Millisecond // for finding the reports that one resembles
	reportRuns  = 9
	likeRuns    = 20
	readers     = 50

	wantMails    = 200 // a second
	mailers      = 40  // connections that bring them
	mailsFor     = 10 * time.Second
	mailLines    = 380 // of 22 bytes: some 8 KiB
	mailsAddress = "cert@cert.example"
)

// reportPages are what is asked of the queue: pages whose answers somebody waits for.
var reportPages = []struct{ name, path string }{
	{"the queue", "/reports"},
	{"all reports", "/reports?q="},
	{"those not done yet", "/reports?q=is:undone"},
	{"the queue, one class", "/reports?q=state:new+class:fraud"},
	{"search: a word that all have", "/reports?q=phishing"},
	{"search: a rare word", "/reports?q=number471"},
	{"search: a common word and a rare one", "/reports?q=phishing+host42.example"},
	{"search: two words, many have one", "/reports?q=somebody+person7"},
	{"search: a word that none has", "/reports?q=zebra"},
	{"search: a sender", "/reports?q=from:person7@org7.example"},
}

// reportClicks are those of people who work through the queue. Each search is for another word.
var reportClicks = []click{
	{"queue", 50, always("/reports")},
	{"queue, one class", 15, always("/reports?q=state:new+class:fraud")},
	{"search for a word", 20, func(r *rand.Rand, _ []string) []string {
		return []string{fmt.Sprintf("/reports?q=number%d", r.IntN(manyReports))}
	}},
	{"search for two words", 15, func(r *rand.Rand, _ []string) []string {
		return []string{fmt.Sprintf("/reports?q=phishing+host%d.example", r.IntN(5000))}
	}},
}

// reportsPoint asks how a queue with many reports answers, how many mails a second are taken in, and how fast the like of a report is found.
func reportsPoint(ctx context.Context, h *house) (t table, err error) {
	n := max(1000, int(manyReports*min(1, float64(h.rows)/fullRows)))
	like, err := h.measured(ctx, benchmark{room: "incident/triage", name: "Similar", times: likeRuns, reports: n})
	if err != nil {
		return t, err
	}
	data, smtpAddress, err := h.reportsData(ctx, n)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	s, err := h.serve(ctx, data)
	if err != nil {
		return t, err
	}
	t = table{title: fmt.Sprintf("Reports: a queue of %s", thousands(int64(n))), head: []string{"what", "median", "slowest"}}
	err = h.askReports(ctx, &t, s, data)
	took := like["BenchmarkSimilar"]["ns/op"] / 1e6
	t.add("finding the reports that one resembles, and judging it", milliseconds(time.Duration(took*1e6)), "")
	t.gates = append(t.gates, atMost("the reports that one resembles", took, float64(likeLimit.Milliseconds()), " ms"))
	if err == nil {
		err = t.takeMails(ctx, smtpAddress)
	}
	most, stopped := s.stop()
	t.gates = append(t.gates, atMost("memory of the server with its reports", float64(most>>20), memoryOfPages>>20, " MiB"))
	t.note("On SQLite, from the question to the whole page, %d times each; `firehall serve` in a process of its own. Likeness is measured in the room itself. "+
		"Mails come over %d connections, some 8 KiB each; one counts when it is durable, which is before the answer. %s were resident at most.", reportRuns, mailers, mebibytes(most))
	return t, errors.Join(err, stopped)
}

// reportsData makes a data folder with many reports, and gives the address at which its server will take mail.
func (h *house) reportsData(ctx context.Context, n int) (data, smtpAddress string, err error) {
	if data, err = h.data(); err != nil {
		return "", "", err
	}
	if smtpAddress, err = freeAddress(); err != nil {
		return "", "", err
	}
	settings := fmt.Sprintf("[reports]\naddresses = [%q]\nsmtp_listen = %q\nmail_rate = 1000000\nmail_connections = %d\ncheck_sender = false\nauto_answer = false\n",
		mailsAddress, smtpAddress, 20*mailers)
	if err := os.WriteFile(filepath.Join(data, "firehall.toml"), []byte(settings), 0o600); err != nil {
		return "", "", err
	}
	_, err = h.measured(ctx, benchmark{room: "incident", name: "Fill", reports: n, data: data})
	return data, smtpAddress, err
}

// askReports asks for each page several times, and then lets many people do so.
func (h *house) askReports(ctx context.Context, t *table, s *server, data string) error {
	c := &crowd{server: s, clicks: reportClicks, warm: 5 * time.Second, long: 20 * time.Second}
	b, err := h.enter(ctx, s, data)
	if err != nil {
		return err
	}
	for _, p := range reportPages {
		times, err := c.askOften(ctx, b, p.path)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		t.add(p.name, milliseconds(median(times)), milliseconds(slices.Max(times)))
		t.gates = append(t.gates, atMost(p.name, float64(median(times))/1e6, float64(reportLimit.Milliseconds()), " ms"))
	}
	n := h.part(readers)
	if err := errors.Join(h.click(ctx, c, data, n), c.wrong); err != nil {
		return err
	}
	who := fmt.Sprintf("%d people at the queue, each clicking every %s", n, betweenEach)
	t.add(who, milliseconds(median(c.all())), milliseconds(slices.Max(c.all())))
	t.gates = append(t.gates, c.gate(who, reportLimit))
	return nil
}

// askOften asks once for nothing and then for the time.
func (c *crowd) askOften(ctx context.Context, b *http.Client, path string) (times []time.Duration, err error) {
	for range reportRuns + 1 {
		begun := time.Now()
		if err := c.get(ctx, b, path, false); err != nil {
			return nil, err
		}
		times = append(times, time.Since(begun))
	}
	return times[1:], nil
}

// takeMails brings mails as fast as they are taken.
func (t *table) takeMails(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, mailsFor)
	defer cancel()
	var taken atomic.Int64
	errs := make([]error, mailers)
	var all sync.WaitGroup
	begun := time.Now()
	for i := range mailers {
		all.Go(func() { errs[i] = bring(ctx, address, i, &taken) })
	}
	all.Wait()
	rate := float64(taken.Load()) / time.Since(begun).Seconds()
	t.add(fmt.Sprintf("mails taken in over %d connections, a second", mailers), number(rate), "")
	t.gates = append(t.gates, atLeast("mails taken in", rate, wantMails, "/s"))
	return errors.Join(errs...)
}

// bring brings one mail after the other until ctx ends.
func bring(ctx context.Context, address string, who int, taken *atomic.Int64) error {
	c, err := smtp.Dial(address)
	if err != nil {
		return err
	}
	text := strings.Repeat("words and more words\r\n", mailLines)
	for n := 0; ctx.Err() == nil; n++ {
		mail := fmt.Sprintf("From: Ada <ada@victim.example>\r\nTo: %s\r\nSubject: Phishing %d\r\nMessage-ID: <%d.%d@victim.example>\r\n"+
			"Date: %s\r\nContent-Type: text/plain\r\n\r\n%s", mailsAddress, n, who, n, time.Now().Format(time.RFC1123Z), text)
		if err := c.SendMail("ada@victim.example", []string{mailsAddress}, strings.NewReader(mail)); err != nil {
			return errors.Join(err, c.Close())
		}
		taken.Add(1)
	}
	return c.Quit()
}
