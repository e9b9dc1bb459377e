package report

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

func TestMailbox(t *testing.T) {
	c := open(t, nil)
	page := c.post(mailboxPath, "code", " "+code+" ")
	if page.StatusCode != http.StatusOK || !strings.Contains(page.body, "&lt;b&gt;we look&lt;/b&gt;") || !strings.Contains(page.body, "my words") {
		t.Fatalf("%s %s", page.Status, page.body)
	}
	if strings.Contains(page.body, code) || strings.Contains(page.body, "12:34") {
		t.Error("the page holds the code, or a time that is too exact")
	}
	page = c.post(mailboxPath, "state", page.state(), "do", "say", "text", "one more thing", "files/log.txt", "a log")
	if !strings.Contains(page.body, "We have your message") || strings.Join(c.said, ";") != code+": one more thing" || strings.Join(c.files, ";") != "log.txt=a log" {
		t.Errorf("%v %v %s", c.said, c.files, page.body)
	}
	page = c.post(mailboxPath, "state", page.state(), "do", "fr", "text", "half")
	if !strings.Contains(page.body, "Boîte du signalement") || !strings.Contains(page.body, "half") {
		t.Errorf("%s", page.body)
	}
	if left := c.post(mailboxPath, "state", page.state(), "do", "leave"); left.state() != "" || !strings.Contains(left.body, "est fermée") || left.Header.Get("Clear-Site-Data") == "" {
		t.Errorf("%s", left.body)
	}
	if len(page.Cookies()) > 0 || c.log.Len() > 0 {
		t.Error("cookies or log")
	}
}

func TestMailboxRefuses(t *testing.T) {
	tests := map[string]struct {
		pairs []string
		want  string
	}{
		"no code":             {nil, "Type the code"},
		"another code":        {[]string{"code", "<b>" + strings.Repeat("A", 24)}, "No mailbox has this code"},
		"a state of the form": {[]string{"state", "x"}, "was closed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			page := open(t, nil).post(mailboxPath, tt.pairs...)
			if page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.body, tt.want) || strings.Contains(page.body, "<b>A") {
				t.Errorf("%s %s", page.Status, page.body)
			}
		})
	}
}

// A mailbox closes by itself, and the state of a form opens none.
func TestMailboxCloses(t *testing.T) {
	c := open(t, nil)
	page := c.post(mailboxPath, "code", code)
	c.clock.Advance(openFor)
	if page = c.post(mailboxPath, "state", page.state()); !strings.Contains(page.body, "closed, as nothing") {
		t.Errorf("%s", page.body)
	}
	if page = c.post(mailboxPath, "state", c.get(Path).state()); !strings.Contains(page.body, "closed, as nothing") {
		t.Errorf("%s", page.body)
	}
}

func TestSayKeepsWhatWasTyped(t *testing.T) {
	c := open(t, nil)
	page := c.post(mailboxPath, "code", code)
	if empty := c.post(mailboxPath, "state", page.state(), "do", "say", "text", " "); !strings.Contains(empty.body, "Write something") {
		t.Errorf("%s", empty.body)
	}
	c.fail = problem.New(problem.Unavailable, "away")
	if page = c.post(mailboxPath, "state", page.state(), "do", "say", "text", "typed & kept"); !strings.Contains(page.body, "typed &amp; kept") || page.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("%s", page.body)
	}
}

const here = "192.0.2.1:4711"

func TestPace(t *testing.T) {
	c := open(t, nil)
	p := newPaces(c.clock)
	p.tried(code, false)
	first, ok := p.try("7k2q x9ZZ", here) // the same mailbox
	p.tried(code, false)
	second, _ := p.try(code, here)
	other, _ := p.try("ZZZZZZZZ", here)
	if !ok || first == 0 || second <= first || other != 0 {
		t.Errorf("%v, %v, %v", first, second, other)
	}
	for range 20 {
		p.tried(code, false)
	}
	if longest, _ := p.try(code, here); longest != longestDelay {
		t.Errorf("%v", longest)
	}
	p.tried(code, true)
	if wait, _ := p.try(code, here); wait != 0 {
		t.Errorf("after the right one: %v", wait)
	}
	for range triesAtOnce {
		p.try(code, here)
	}
	if _, ok := p.try(code, here); ok {
		t.Error("there is no end of trying from one address")
	}
	if _, ok := p.try(code, "[2001:db8::1]:1"); !ok {
		t.Error("one address keeps the others out")
	}
	for n := range codesAtOnce {
		p.try(code, fmt.Sprintf("198.51.100.%d:1", n))
	}
	if _, ok := p.try(code, "203.0.113.7:1"); ok {
		t.Error("there is no end of trying together")
	}
	c.clock.Advance(time.Minute)
	if _, ok := p.try(code, here); !ok {
		t.Error("it never ends")
	}
}

// Who sends forms with files slowly, and many of them, holds what is theirs, and not the memory of all.
func TestFormsAtOnce(t *testing.T) {
	p := newPaces(open(t, nil).clock)
	var leave []func()
	for range formsAtOnce {
		out, ok := p.enter(here)
		if !ok {
			t.Fatal("too few may come in")
		}
		leave = append(leave, out)
	}
	if _, ok := p.enter(here); ok {
		t.Error("one more comes in")
	}
	if _, ok := p.enter("192.0.2.2:1"); !ok {
		t.Error("another address is kept out")
	}
	leave[0]()
	leave[0]()
	if _, ok := p.enter(here); !ok {
		t.Error("a place that was left is not free")
	}
	if _, ok := p.enter(here); ok {
		t.Error("a place was left twice")
	}
}

func TestSendsAreCounted(t *testing.T) {
	c := open(t, nil)
	page := c.walk(victim...)
	for range sendsAtOnce {
		c.post(Path, "state", page.state(), "step", "check", "do", "send")
	}
	if got := c.post(Path, "state", page.state(), "step", "check", "do", "send"); !strings.Contains(got.body, "Too many reports") || len(c.drafts) != sendsAtOnce {
		t.Errorf("%d, %s", len(c.drafts), got.body)
	}
	for name, tt := range map[string][2]string{"IPv4": {"192.0.2.1:1", "192.0.2.2:1"}, "IPv6": {"[2001:db8::1]:1", "[2001:db8:1::1]:1"}} {
		if network(tt[0]) == network(tt[1]) || !network(tt[0]).IsValid() {
			t.Error(name)
		}
	}
	if network("[2001:db8::1]:1") != network("[2001:db8::2]:2") || network("@") != network("") {
		t.Error("of one network")
	}
}
