package crash

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// What is fetched: feeds of one input each.
const (
	fetchedFeeds = 6
	fetchedRows  = 300
	firstFetched = 50_000 // the number of the first one's input
)

// source is who feeds are fetched from. It takes its time, so that servers die in the middle of its answers.
type source struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int // by path
}

func newSource(t *testing.T) *source {
	s := &source{asked: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.CloseClientConnections)
	t.Cleanup(s.Close)
	return s
}

func (s *source) path(feed int) string {
	return fmt.Sprintf("/%d-scan_telnet.csv", firstFetched+feed)
}

func (s *source) url(feed int) string { return s.URL + s.path(feed) }

func (s *source) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked[r.URL.Path]++
	s.mu.Unlock()
	var number int
	if _, err := fmt.Sscanf(r.URL.Path, "/%d-", &number); err != nil {
		http.NotFound(w, r)
		return
	}
	tag := fmt.Sprintf("%q", strings.Trim(r.URL.Path, "/"))
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	text := inputText(number, fetchedRows)
	for len(text) > 0 { // half a second in all
		n := min(len(text), 1+len(text)/2)
		_, _ = w.Write(text[:n])
		_ = http.NewResponseController(w).Flush()
		text = text[n:]
		time.Sleep(40 * time.Millisecond)
	}
}

// counts tells how often the feed was asked for that was so least often, and how often the one that was most often.
func (s *source) counts() (least, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	least = 1 << 30
	for feed := range fetchedFeeds {
		n := s.asked[s.path(feed)]
		least, most = min(least, n), max(most, n)
	}
	return least, most
}
