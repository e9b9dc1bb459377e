package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// What a push over loopback must reach, from the first byte sent to the last event visible.
const (
	wantPushed  = 300_000 // rows/s
	pushedFiles = 10      // of a full run's rows each
)

// pushed is what became of the pushes.
type pushed struct {
	rows              int64
	accepted, visible time.Duration // since the first byte: the last 202, the last event
	waited            time.Duration // the longest for a 202
}

// pushPoint pushes files into a server, one after the other, as a feed does that never ends. The sender is this process.
func pushPoint(ctx context.Context, h *house) (t table, err error) {
	t = table{title: "HTTP push on loopback", head: []string{"what", "measured"}}
	data, err := h.data()
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	files, err := h.pushFiles()
	if err != nil {
		return t, err
	}
	s, err := h.serve(ctx, data)
	if err != nil {
		return t, err
	}
	p, err := h.pushAll(ctx, s, data, files)
	most, stopped := s.stop()
	if err := errors.Join(err, stopped); err != nil {
		return t, err
	}
	t.add("rows/s durable: until the last 202", number(float64(p.rows)/p.accepted.Seconds()))
	t.add("rows/s visible: until the last event can be asked for", number(float64(p.rows)/p.visible.Seconds()))
	t.add("CPU µs/row of the server, findings included as far as they were made", number(s.cpu.Seconds()*1e6/float64(p.rows)))
	t.add("longest push", seconds(p.waited))
	t.add("peak RSS of the server and its query engines", mebibytes(most))
	t.gates = append(t.gates,
		atLeast("rows pushed, to visible events", float64(p.rows)/p.visible.Seconds(), wantPushed, " rows/s"),
		atMost("memory of the server under push", float64(most>>20), memoryOfPages>>20, " MiB"))
	t.note("%d files of %s rows of scan_telnet, not compressed, pushed to `firehall serve` one after the other; the sender, another process, is on the same cores. "+
		"Each is answered once it is durable. Meanwhile the server makes findings of what is visible already.", pushedFiles, thousands(int64(h.rows)))
	return t, nil
}

func (h *house) pushFiles() (files []string, err error) {
	for i := range pushedFiles {
		f, err := h.report(shapes[0].report, h.rows, uint64(700+i), 0)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	unix.Sync()
	return files, nil
}

// pushAll sends the files and waits until all of their events are visible.
func (h *house) pushAll(ctx context.Context, s *server, data string, files []string) (p pushed, err error) {
	token, err := h.say(ctx, data, "feed", "token", "shadowserver")
	if err != nil {
		return p, err
	}
	var intakes []string
	begun := time.Now()
	for _, f := range files {
		from := time.Now()
		href, err := s.push(ctx, token, f)
		if err := errors.Join(err, os.Remove(f)); err != nil {
			return p, err
		}
		p.waited = max(p.waited, time.Since(from))
		intakes = append(intakes, href)
	}
	p.accepted = time.Since(begun)
	for _, href := range intakes {
		rows, err := s.visible(ctx, token, href)
		if err != nil {
			return p, err
		}
		p.rows += rows
	}
	p.visible = time.Since(begun)
	return p, counts{Rows: p.rows, Events: p.rows, Seconds: 1}.check(h.rows * len(files))
}

// push sends one file and gives where its counts are.
func (s *server) push(ctx context.Context, token, path string) (href string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	info, err := f.Stat()
	if err != nil {
		return "", errors.Join(err, f.Close())
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/api/v1/feeds/shadowserver/push?name="+url.QueryEscape(filepath.Base(path)), f)
	if err != nil {
		return "", errors.Join(err, f.Close())
	}
	r.ContentLength = info.Size()
	r.Header.Set("Authorization", "Bearer "+token)
	status, text, err := do(http.DefaultClient, r) // closes the file
	var receipt struct {
		Intakes []struct {
			Href string `json:"href"`
		} `json:"intakes"`
	}
	if err == nil && status == http.StatusAccepted {
		err = json.Unmarshal(text, &receipt)
	}
	if err != nil || len(receipt.Intakes) != 1 {
		return "", errors.Join(err, fmt.Errorf("a push was answered %d: %s", status, lastLines(string(text))))
	}
	return receipt.Intakes[0].Href, nil
}

// visible waits until an intake's events are, and gives how many rows it had.
func (s *server) visible(ctx context.Context, token, href string) (rows int64, err error) {
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+href, http.NoBody)
		if err != nil {
			return 0, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
		status, text, err := do(http.DefaultClient, r)
		var in struct {
			State  string `json:"state"`
			Counts counts `json:"counts"`
		}
		if err = errors.Join(err, json.Unmarshal(text, &in)); err != nil || status != http.StatusOK {
			return 0, fmt.Errorf("%s: %d %w", href, status, err)
		}
		if in.State == "done" {
			return in.Counts.Rows, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
}
