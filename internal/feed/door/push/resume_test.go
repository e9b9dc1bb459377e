package push_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/config"
)

// begin starts a resumable push with its first part, and gives where it is.
func (s *station) begin(first string, headers ...string) string {
	s.Helper()
	a := s.push("scan_telnet.csv", strings.NewReader(first), append([]string{"Upload-Complete", "?0"}, headers...)...)
	if a.StatusCode != http.StatusCreated || a.Header.Get("Location") == "" || a.Header.Get("Upload-Complete") != "?0" {
		s.Fatalf("%s %v %s", a.Status, a.Header, a.body)
	}
	return a.Header.Get("Location")
}

func (s *station) patch(at, part string, offset int, complete string, headers ...string) answer {
	s.Helper()
	return s.ask(http.MethodPatch, at, strings.NewReader(part), append([]string{
		"Content-Type", "application/partial-upload", "Upload-Offset", strconv.Itoa(offset), "Upload-Complete", complete,
	}, headers...)...)
}

// stands checks how much of a push is durable.
func (s *station) stands(at string, offset int, complete string) {
	s.Helper()
	a := s.ask(http.MethodHead, at, nil)
	if a.StatusCode != http.StatusNoContent || a.Header.Get("Upload-Offset") != strconv.Itoa(offset) || a.Header.Get("Upload-Complete") != complete ||
		a.Header.Get("Cache-Control") != "no-store" || !strings.Contains(a.Header.Get("Upload-Limit"), "max-size=") {
		s.Errorf("%s %v, want offset %d, complete %s", a.Status, a.Header, offset, complete)
	}
}

func TestResumablePush(t *testing.T) {
	each(t, func(t *testing.T, s *station) {
		text := telnet(0, 300)
		at := s.begin(text[:1000])
		s.stands(at, 1000, "?0")
		if a := s.patch(at, text[1000:5000], 1000, "?0"); a.StatusCode != http.StatusNoContent || a.Header.Get("Upload-Offset") != "5000" {
			t.Fatalf("%s %v", a.Status, a.Header)
		}
		if n := len(s.intakes()); n != 0 {
			t.Fatalf("half of it is %d inputs", n)
		}
		in := s.receipt(s.patch(at, text[5000:], 5000, "?1")).Intakes[0]
		acc, err := s.feeds.Process(ctx, actor, in.Intake)
		if err != nil || acc.Events != 300 {
			t.Fatalf("%+v, %v", acc, err)
		}
		s.stands(at, len(text), "?1")
		if left := s.files("uploads"); len(left) > 0 {
			t.Errorf("pieces are left: %v", left)
		}
		s.refused(s.patch(at, "x", len(text), "?1"), http.StatusBadRequest, "whole already")
		whole := s.receipt(s.push("scan_telnet.csv", strings.NewReader(text)))
		if !whole.Intakes[0].Known || whole.Intakes[0].Intake != in.Intake {
			t.Errorf("pushed whole: %+v", whole)
		}
	})
}

func TestResumablePushInOneRequest(t *testing.T) {
	s := lite(t, tune{})
	a := s.push("scan_telnet.csv", strings.NewReader(telnet(0, 20)), "Upload-Complete", "?1")
	s.receipt(a)
	if a.Header.Get("Upload-Complete") != "?1" || !strings.HasPrefix(a.Header.Get("Location"), "/api/v1/intakes/") {
		t.Errorf("%v", a.Header)
	}
}

// What broke off goes on where it is durable.
func TestBrokenPushGoesOn(t *testing.T) {
	s := lite(t, tune{})
	text := telnet(0, 300)
	at := s.begin(text[:500])
	half := text[500:9000]
	s.raw(fmt.Sprintf("PATCH %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/partial-upload\r\n"+
		"Upload-Offset: 500\r\nUpload-Complete: ?1\r\nContent-Length: %d\r\n\r\n%s", at, s.token, len(text)-500, half))
	if n := len(s.intakes()); n != 0 {
		t.Fatal("half of it was taken for the whole")
	}
	s.stands(at, 9000, "?0")
	s.refused(s.patch(at, text[500:], 500, "?1"), http.StatusConflict, "expected offset") // as if nothing had come
	in := s.receipt(s.patch(at, text[9000:], 9000, "?1")).Intakes[0]
	if acc, err := s.feeds.Process(ctx, actor, in.Intake); err != nil || acc.Events != 300 {
		t.Errorf("%+v, %v", acc, err)
	}
}

// The answer got lost: the end is sent once more, and the intake is the same.
func TestLastRequestRepeated(t *testing.T) {
	s := lite(t, tune{})
	text := telnet(0, 50)
	at := s.begin(text)
	first := s.receipt(s.patch(at, "", len(text), "?1"))
	s.refused(s.patch(at, "", len(text), "?1"), http.StatusBadRequest, "whole already")
	if again := s.receipt(s.push("scan_telnet.csv", strings.NewReader(text))); again.Intakes[0].Intake != first.Intakes[0].Intake {
		t.Errorf("%+v", again)
	}
}

func TestResumableRefusals(t *testing.T) {
	s := lite(t, tune{config: func(c *config.Push) { c.MaxSize, c.Uploads = 100_000, 3 }})
	at := s.begin("abc", "Upload-Length", "10")
	partial := []string{"Content-Type", "application/partial-upload"}
	with := func(more ...string) []string { return append(append([]string{}, partial...), more...) }
	tests := []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		about                    string
	}{
		{"no number", http.MethodPatch, at, "d", with("Upload-Offset", "-3", "Upload-Complete", "?0"), 400, "Upload-Offset"},
		{"a number too many", http.MethodPatch, at, "d", with("Upload-Offset", "3333333333333333333", "Upload-Complete", "?0"), 400, "Upload-Offset"},
		{"no offset", http.MethodPatch, at, "d", with("Upload-Complete", "?0"), 400, "Upload-Offset"},
		{"no boolean", http.MethodPatch, at, "d", with("Upload-Offset", "3", "Upload-Complete", "yes"), 400, "Upload-Complete"},
		{"no word of the end", http.MethodPatch, at, "d", with("Upload-Offset", "3"), 400, "Upload-Complete"},
		{"another media type", http.MethodPatch, at, "d", []string{"Upload-Offset", "3", "Upload-Complete", "?0"}, 415, "partial-upload"},
		{"elsewhere", http.MethodPatch, at, "d", with("Upload-Offset", "2", "Upload-Complete", "?0"), 409, "expected offset"},
		{"another length", http.MethodPatch, at, "d", with("Upload-Offset", "3", "Upload-Complete", "?0", "Upload-Length", "11"), 400, "length"},
		{"an end too soon", http.MethodPatch, at, "d", with("Upload-Offset", "3", "Upload-Complete", "?1"), 400, "length"},
		{"more than was said", http.MethodPatch, at, "0123456789", with("Upload-Offset", "3", "Upload-Complete", "?0"), 400, "length"},
		{"too large", http.MethodPost, pushPath, "d", []string{"Upload-Complete", "?0", "Upload-Length", "100001"}, 413, "at most"},
		{"lengths that differ", http.MethodPost, pushPath, "d", []string{"Upload-Complete", "?1", "Upload-Length", "2"}, 400, "length"},
		{"not there", http.MethodPatch, at + "x", "d", with("Upload-Offset", "0", "Upload-Complete", "?0"), 404, "no such push"},
		{"given up, not there", http.MethodDelete, at[:len(at)-1], "", nil, 404, "no such push"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.refused(s.ask(tt.method, tt.path, strings.NewReader(tt.body), tt.headers...), tt.status, tt.about)
		})
	}
	s.stands(at, 3, "?0")
	s.begin("x")
	s.begin("x")
	s.refused(s.push("x", strings.NewReader("x"), "Upload-Complete", "?0"), http.StatusTooManyRequests, "too many pushes")
	if n := len(s.intakes()); n != 0 {
		t.Errorf("%d inputs", n)
	}
}

// Whose token did not begin a push learns nothing of it, and changes nothing.
func TestPushOfAnother(t *testing.T) {
	s := lite(t, tune{})
	at := s.begin("abc")
	own := s.token
	s.token = s.newToken("shadowserver")
	if a := s.ask(http.MethodHead, at, nil); a.StatusCode != http.StatusNotFound {
		t.Errorf("%s", a.Status)
	}
	s.refused(s.ask(http.MethodDelete, at, nil), http.StatusNotFound, "no such push")
	s.token = own
	s.stands(at, 3, "?0")
	if a := s.ask(http.MethodDelete, at, nil); a.StatusCode != http.StatusNoContent {
		t.Errorf("%s", a.Status)
	}
	s.nothingLeft()
}

func TestPushIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, s *station) {
		at := s.begin("abc")
		s.clock.Advance(23 * time.Hour)
		s.patch(at, "d", 3, "?0")
		s.clock.Advance(23 * time.Hour)
		s.stands(at, 4, "?0")
		if n, err := s.door.Sweep(ctx, actor); n != 0 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		s.clock.Advance(2 * time.Hour)
		s.refused(s.patch(at, "e", 4, "?0"), http.StatusNotFound, "too long")
		if n, err := s.door.Sweep(ctx, actor); n != 1 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		s.nothingLeft()
	})
}
