package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/notification"
)

// printed is what a plan looks like.
func printed(t *testing.T, messages []notification.Message) string {
	t.Helper()
	var out bytes.Buffer
	n := &notifying{session: &session{ctx: t.Context(), cli: &cli{}, out: &out, err: &out}, notifyCmd: &notifyCmd{}}
	if err := n.tellPlan(notification.Plan{Messages: messages}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// attack is a message whose every text is an attack, or far too long.
func attack() notification.Message {
	long := strings.Repeat("very long ", 400)
	return notification.Message{
		Organisation: "Evil\r\nBcc: x\x1b[2J\u202e" + long, To: "a@b.example\x1b]0;x\x07" + long, Channel: "mail", Findings: 100_000_000, Events: 1_000_000_000,
		Subject: "[TLP:CLEAR] [X#1] \x1b[31mred" + long, Held: "because\n\x1b[2J" + long, Advice: "do \x1b[2J" + long, Waits: []string{"organisation \x1b[2J" + long},
		Classes: []string{"scanner"}, Label: "TLP:CLEAR",
	}
}

func TestPlanFitsTheTerminal(t *testing.T) {
	plain := notification.Message{Organisation: "City Hospital", To: "security@hospital.example", Channel: "mail", Findings: 3, Events: 9, Classes: []string{"scanner"}, Label: "TLP:AMBER"}
	waiting := attack()
	waiting.Held = ""
	text := printed(t, []notification.Message{plain, attack(), waiting})
	table, _, _ := strings.Cut(text, "\n\n")
	for _, line := range strings.Split(table, "\n") {
		if n := utf8.RuneCountInString(line); n > planWidth {
			t.Errorf("%d signs: %q", n, line)
		}
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f || r == 0x202e }); i >= 0 {
		t.Errorf("a sign that moves the cursor: %q", text[max(i-10, 0):i+10])
	}
	if strings.Contains(text, "\nBcc:") || len(text) > 10_000 {
		t.Errorf("%d bytes: %s", len(text), text)
	}
}

// A plan of many messages stays readable, and says where the rest is.
func TestPlanOfMany(t *testing.T) {
	var list []notification.Message
	for i := range 5000 {
		list = append(list, notification.Message{
			Organisation: fmt.Sprint("Org ", i), To: "a@b.example", Channel: "mail", Findings: 1, Held: fmt.Sprint("reason ", i%100), Approved: true,
		})
	}
	text := printed(t, list)
	if n := strings.Count(text, "\n"); n > planRows+planWaits+3*planHeld {
		t.Errorf("%d lines", n)
	}
	for _, want := range []string{"... and 4,800 more: --json shows all", "... and for 80 other reasons: --json shows all", "Org 0, Org 100, Org 1000, Org 1100, Org 1200 and 45 more: reason 0"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

func TestAbout(t *testing.T) {
	tests := []struct {
		name string
		m    notification.Message
		want string
	}{
		{"clear", notification.Message{Subject: "[TLP:CLEAR] [X#1] 1 open door", Label: "TLP:CLEAR"}, "1 open door"},
		{"guarded", notification.Message{Subject: "[TLP:AMBER] [X#1] Message from X", Label: "TLP:AMBER", Classes: []string{"ddos", "scanner"}}, "ddos, scanner"},
		{"strict", notification.Message{Subject: "x", Label: "TLP:AMBER+STRICT", Classes: []string{"ddos"}}, "ddos"},
		{"a label that is none", notification.Message{Subject: "secret", Label: "TLP:PINK", Classes: []string{"ddos"}}, "ddos"},
		{"nothing may be passed on", notification.Message{Subject: "[X#1] 1 open door"}, "1 open door"},
		{"a bracket without end", notification.Message{Subject: "[X"}, "[X"},
	}
	for _, tt := range tests {
		if got := about(tt.m); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// What waits is shown only where approving it helps.
func TestTellWaits(t *testing.T) {
	tests := []struct {
		name string
		m    notification.Message
		want bool
	}{
		{"waits", notification.Message{Waits: []string{"feed x"}}, true},
		{"could not go anyway", notification.Message{Waits: []string{"feed x"}, Held: "it has no contact", Channel: notification.ChannelQueue}, false},
		{"odd", notification.Message{Approved: true, Waits: []string{"amount Org on 2026-11-22: 900 findings"}, Held: "900 findings, where 3 are usual"}, true},
	}
	for _, tt := range tests {
		if got := strings.Contains(printed(t, []notification.Message{tt.m}), tt.m.Waits[0]+" (1 message)"); got != tt.want {
			t.Errorf("%s: shown: %v", tt.name, got)
		}
	}
}

func TestMessageKeysComeInOrder(t *testing.T) {
	text, err := json.Marshal(notification.Message{})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"organisation":"","to":"","channel":"","approved":false,"findings":0,"events":0,"subject":"",`; !strings.HasPrefix(string(text), want) {
		t.Errorf("the contract of --dry-run --json is broken: %s", text)
	}
}

func TestNotifyFlags(t *testing.T) {
	tests := []struct {
		name string
		c    notifyCmd
		bad  bool
	}{
		{"none", notifyCmd{}, false},
		{"look at one", notifyCmd{DryRun: true, Organisation: "x", JSON: true}, false},
		{"approve one and send", notifyCmd{Approve: true, Send: true, Organisation: "x"}, false},
		{"send one", notifyCmd{Send: true, Organisation: "x"}, true},
		{"look and send", notifyCmd{DryRun: true, Send: true}, true},
		{"look and approve", notifyCmd{DryRun: true, Approve: true}, true},
		{"texts", notifyCmd{WriteTemplates: "x"}, false},
		{"texts and more", notifyCmd{WriteTemplates: "x", JSON: true}, true},
	}
	for _, tt := range tests {
		if err := tt.c.check(); (err != nil) != tt.bad || err != nil && !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestKnownName(t *testing.T) {
	names := map[string]string{"id1": "City Hospital"}
	for name, known := range map[string]bool{"City Hospital": true, "city hospital": true, "id1": true, "City": false, "": false} {
		if err := knownName(name, names); (err == nil) != known || err != nil && !problem.Is(err, problem.NotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := knownName("\x1b[2J"+strings.Repeat("x", 5000), names); regexp.MustCompile(`\x1b|x{200}`).MatchString(err.Error()) {
		t.Errorf("%.300q", err.Error())
	}
}
