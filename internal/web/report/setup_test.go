package report

import (
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/session"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/shell"
)

var noon = time.Date(2026, 11, 20, 12, 34, 56, 0, time.UTC)

const code = "7K2Q-X9AB-CDEF-GHJK-MNPQ-RSTV"

// counter is the form with a room behind it that remembers what it was given.
type counter struct {
	*testing.T
	url   string
	clock *clock.Fixed
	log   *bytes.Buffer

	drafts []incident.Draft
	files  []string // name=content
	said   []string
	fail   error // of the next report
}

func open(t *testing.T, change func(*Options)) *counter {
	t.Helper()
	c := &counter{T: t, clock: clock.At(noon), log: &bytes.Buffer{}}
	log := slog.New(slog.NewTextHandler(c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := shell.New(shell.Options{Clock: c.clock, Team: "CERT Example", Log: log, Sessions: session.New(session.Options{Clock: c.clock, Log: log})})
	o := Options{
		Accept: c.accept, Mailbox: c.mailbox, SayIn: c.sayIn, Clock: c.clock, Team: "CERT Example", OnCall: "+358 29 539 0230",
		MaxFiles: 1 << 20, Held: 4 << 20,
	}
	if change != nil {
		change(&o)
	}
	Register(s, o)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *counter) accept(_ context.Context, actor identity.Actor, d incident.Draft) (incident.Report, error) {
	if c.fail != nil {
		return incident.Report{}, c.fail
	}
	c.keep(d.Files)
	c.drafts = append(c.drafts, d)
	r := incident.Report{Ref: "R-7K2QX9", Confidential: d.Confidential, Anonymous: d.Anonymous}
	if d.Confidential || d.Anonymous {
		r.Code = code
	}
	if actor.Name != "form" {
		return r, errors.New("who acts is " + actor.ID)
	}
	return r, nil
}

func (c *counter) keep(files []incident.File) {
	for _, f := range files {
		body, err := io.ReadAll(f.Body)
		if err != nil {
			c.Error(err)
		}
		c.files = append(c.files, f.Name+"="+string(body))
	}
}

func (c *counter) mailbox(_ context.Context, given string) (incident.Mailbox, error) {
	if given != code {
		return incident.Mailbox{}, problem.New(problem.NotFound, "no")
	}
	at := noon.Truncate(time.Hour)
	return incident.Mailbox{Ref: "R-7K2QX9", State: incident.StateOpen, Received: at, Messages: []incident.Message{
		{Direction: incident.In, Text: "my words", At: at}, {Direction: incident.Out, Subject: "Answer", Text: "<b>we look</b> into it", At: at},
	}}, nil
}

func (c *counter) sayIn(_ context.Context, given, text string, files []incident.File) error {
	c.keep(files)
	c.said = append(c.said, given+": "+text)
	return c.fail
}

// answer is a page that came back.
type answer struct {
	*http.Response
	body string
}

var hidden = regexp.MustCompile(`name="state" value="([^"]*)"`)

func (a answer) state() string {
	if m := hidden.FindStringSubmatch(a.body); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}

func (c *counter) get(path string) answer {
	c.Helper()
	res, err := http.Get(c.url + path) //nolint:noctx // a test
	return c.read(res, err)
}

func (c *counter) read(res *http.Response, err error) answer {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.Fatal(err)
	}
	return answer{res, string(body)}
}

// post sends fields, as pairs of names and values; a name "files/x.txt" is a file.
func (c *counter) post(path string, pairs ...string) answer {
	c.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		field, file, isFile := strings.Cut(pairs[i], "/")
		part, err := w.CreateFormField(field)
		if isFile {
			part, err = w.CreateFormFile(field, file)
		}
		if err == nil {
			_, err = io.WriteString(part, pairs[i+1])
		}
		if err != nil {
			c.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		c.Fatal(err)
	}
	res, err := http.Post(c.url+path, w.FormDataContentType(), &body) //nolint:noctx // a test
	return c.read(res, err)
}

// walk answers the questions of who reports so, up to the last page; each pair is "step field=value field=value".
func (c *counter) walk(answers ...string) answer {
	c.Helper()
	page := c.get(Path)
	for _, one := range answers {
		step, rest, _ := strings.Cut(one, " ")
		pairs := []string{"state", page.state(), "step", step, "do", "next"}
		for pair := range strings.SplitSeq(rest, "|") {
			if name, value, ok := strings.Cut(pair, "="); ok {
				pairs = append(pairs, name, value)
			}
		}
		if page = c.post(Path, pairs...); page.StatusCode != http.StatusOK {
			c.Fatalf("%s: %s: %s", one, page.Status, page.body)
		}
	}
	return page
}

var victim = []string{
	"who who=anonymous", "urgent urgent=no", "kind kind=ransomware", "text text=All files are gone\nsecond line", "when when=since Monday", "affected affected=192.0.2.10",
	"impact impact=no work", "help help=advice", "share police=yes|peers=no", "law privilege=yes",
}
