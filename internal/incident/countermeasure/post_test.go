package countermeasure

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/httpx"
)

// desk is an abuse API: a real server that answers as it is told.
type desk struct {
	*httptest.Server
	answer atomic.Value // func(w)
	keys   []string
	got    request
}

func abuseAPI(t *testing.T) *desk {
	t.Helper()
	d := &desk{}
	d.answer.Store(func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"ticket": "AB-7"}`)) })
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if json.Unmarshal(body, &d.got) != nil || r.Header.Get("Authorization") != "Bearer secret" || r.Header.Get("Content-Type") != "application/json" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		d.keys = append(d.keys, r.Header.Get("Idempotency-Key"))
		d.answer.Load().(func(http.ResponseWriter))(w)
	}))
	t.Cleanup(d.Close)
	return d
}

// knows puts the API into the configuration.
func (d *desk) knows(o *Options) {
	o.Providers = []Provider{NewProvider("bighost", httpx.Options{Plain: true, TestLoopback: true}, d.URL, http.Header{"Authorization": {"Bearer secret"}})}
}

func status(code int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { w.WriteHeader(code) }
}

func bighost() *Party { return &Party{Role: Hoster, Provider: "bighost"} }

func TestAskedByAnAbuseAPI(t *testing.T) {
	d := abuseAPI(t)
	each(t, d.knows, func(t *testing.T, h *house) {
		c := h.must(t, h.draft(t, nil).ID, Moving{Move: MoveAsk, Party: bighost()})
		if c.State != Asked || c.Messages[0].Post != PostWaits || c.Messages[0].Delivery != "" {
			t.Fatalf("%+v", c.Messages)
		}
		if done := h.later(t, 0); done.Posted != 1 {
			t.Errorf("%+v", done)
		}
		h.later(t, time.Hour)
		m := h.see(t, c.ID).Messages[0]
		if m.Post != PostAccepted || m.Answer == nil || m.Answer.Ticket != "AB-7" || m.Tries != 1 {
			t.Errorf("%+v, %+v", m, m.Answer)
		}
		if d.got.Reference != c.Ref || d.got.Action != MoveAsk || d.got.Asset != "http://shop.example/login" || !strings.Contains(string(d.got.XARF), "phishing") {
			t.Errorf("%+v", d.got)
		}
		h.later(t, 72*time.Hour) // chased by the same way
		h.later(t, 0)
		if c = h.see(t, c.ID); len(c.Messages) != 2 || c.Messages[1].Post != PostAccepted || d.got.Action != MoveChase {
			t.Errorf("%+v", c.Messages)
		}
	})
}

func TestAbuseAPIsThatFail(t *testing.T) {
	tests := []struct {
		name   string
		answer func(http.ResponseWriter)
		want   Posting
		tries  int
	}{
		{"refused", status(http.StatusForbidden), PostRefused, 1},
		{"in trouble", status(http.StatusBadGateway), PostFailed, postTries},
		{"too often", status(http.StatusTooManyRequests), PostFailed, postTries},
		{"without an answer", func(w http.ResponseWriter) {
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_ = c.Close()
			}
		}, PostFailed, postTries},
	}
	d := abuseAPI(t)
	sqlite(t, d.knows, func(t *testing.T, h *house) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				d.answer.Store(tt.answer)
				d.keys = nil
				c := h.must(t, h.draft(t, nil).ID, Moving{Move: MoveAsk, Party: bighost()})
				h.exec(t, `UPDATE countermeasure SET due = 0 WHERE id = $1`, c.ID)
				for range postTries + 2 {
					h.later(t, 6*time.Hour)
				}
				c = h.see(t, c.ID)
				if m := c.Messages[0]; m.Post != tt.want || m.Tries != tt.tries || !c.Stuck {
					t.Errorf("%+v, %+v", m, m.Answer)
				}
				for _, k := range d.keys {
					if k != c.Messages[0].ID {
						t.Errorf("the same request comes with another key: %s", k)
					}
				}
			})
		}
	})
}

// Two processes post a message once; one that dies in the middle leaves it to another, with the same key.
func TestPostedOnce(t *testing.T) {
	d := abuseAPI(t)
	sqlite(t, d.knows, func(t *testing.T, h *house) {
		c := h.must(t, h.draft(t, nil).ID, Moving{Move: MoveAsk, Party: bighost()})
		other := New(h.o)
		other.o.Providers = []Provider{{"bighost", func(ctx context.Context, key string, body []byte) (int, []byte, error) {
			h.later(t, 0) // meanwhile another process looks
			return 0, nil, problem.New(problem.Unavailable, "killed")
		}}}
		if _, err := other.Run(t.Context(), system); err != nil {
			t.Fatal(err)
		}
		if len(d.keys) != 0 {
			t.Error("posted while another did")
		}
		h.later(t, 10*time.Minute)
		if m := h.see(t, c.ID).Messages[0]; m.Post != PostAccepted || m.Tries != 2 || len(d.keys) != 1 {
			t.Errorf("%+v", m)
		}
	})
}

func TestProvidersAreGuarded(t *testing.T) {
	d := abuseAPI(t)
	p := NewProvider("bighost", httpx.Options{}, d.URL, nil)
	if _, _, err := p.Post(t.Context(), "k", []byte("{}")); !problem.Is(err, problem.Forbidden) {
		t.Errorf("got %v", err)
	}
}

func TestReadAnswer(t *testing.T) {
	tests := []struct{ name, body, ticket, text string }{
		{"a ticket", `{"status":"ok","ticket":"A-1"}`, "A-1", `{"status":"ok","ticket":"A-1"}`},
		{"a number", `{"id": 12345678901234567890}`, "12345678901234567890", `{"id": 12345678901234567890}`},
		{"no JSON", "thank you\r\n", "", "thank you"},
		{"nothing", "", "", ""},
		{"an object for an id", `{"id":{"x":1}}`, "", `{"id":{"x":1}}`},
		{"marks that turn text round", "\u202eabc\x00", "", "abc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := readAnswer(200, []byte(tt.body))
			if a.Ticket != tt.ticket || a.Text != tt.text {
				t.Errorf("%+v", a)
			}
		})
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add([]byte(`{"ticket":"x"}`))
	f.Add([]byte("\xff\x00{"))
	f.Fuzz(func(t *testing.T, body []byte) {
		a := readAnswer(200, body)
		if len(a.Text) > maxAnswer || len(a.Ticket) > 200 || strings.ContainsAny(a.Text+a.Ticket, "\x00\r\n\u202e") {
			t.Errorf("%+v", a)
		}
	})
}
