package reports

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/door/fetch"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/httpx"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Name is what the door is called in runs.
const Name = "shadowserver"

const (
	listTime  = 2 * time.Minute
	listBytes = 32 << 20
	mostTries = 10
)

// Options is what a Service stands on.
type Options struct {
	Feed  string
	Terms config.Feed
	DB    *sqldb.DB
	Clock clock.Clock
	Feeds *feed.Service
	Log   *slog.Logger
	// Accepted hears that there is work; may be nil.
	Accepted func()
}

// Service asks the reports service for one feed.
type Service struct {
	Options
	asks, fetches *httpx.Client
}

var _ fetch.Asker = (*Service)(nil)

// New makes a service.
func New(o Options) *Service {
	asks := httpx.Options{Timeout: listTime, MaxBytes: listBytes, Redirects: -1, Internal: o.Terms.Internal, Plain: o.Terms.Internal}
	return &Service{Options: o, asks: httpx.New(asks), fetches: fetch.Client(o.Terms)}
}

// Ask implements fetch.Asker: it lists the reports of the last days and fetches those that were not taken yet. One that cannot be had holds up
// no other, unless the service itself fails.
func (s *Service) Ask(ctx context.Context, actor identity.Actor, _ *feed.Fetched) (feed.RunOutcome, error) {
	if err := actor.Authorise(feed.OpFetch, s.Feed); err != nil {
		return "", err
	}
	list, err := s.list(ctx)
	if err != nil {
		return "", err
	}
	var todo []waiting
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := announce(tx, s.Feed, list, s.Clock.Now()); err != nil {
			return err
		}
		todo, err = open(tx, s.Feed)
		return err
	})
	if err != nil || len(todo) == 0 {
		return feed.RunUnchanged, err
	}
	return feed.RunNew, s.takeAll(ctx, actor, todo)
}

// takeAll fetches what waits.
func (s *Service) takeAll(ctx context.Context, actor identity.Actor, todo []waiting) error {
	var faults []error
	for _, w := range todo {
		err := s.take(ctx, actor, w.item)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == nil {
			continue
		}
		s.Log.WarnContext(ctx, "a report could not be fetched", "feed", s.Feed, "report", w.ID, "tries", w.tries+1, "error", err)
		faults = append(faults, fmt.Errorf("report %s (%s): %w", w.ID, w.Kind, err))
		if later := (*fetch.Later)(nil); errors.As(err, &later) || errors.Is(err, feed.ErrNoRoom) {
			break // it, or our disk, wants a rest: nobody's report counts as tried in vain
		}
		err = s.DB.Write(ctx, func(tx *sqldb.Tx) error { return failed(tx, s.Feed, w.ID, err.Error(), mostTries, s.Clock.Now()) })
		if err != nil {
			return err
		}
	}
	return errors.Join(faults...)
}

// take fetches one report and accepts it.
func (s *Service) take(ctx context.Context, actor identity.Actor, i item) error {
	req, err := s.download(ctx, i.ID)
	if err != nil {
		return err
	}
	res, err := s.fetches.Open(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.Status != http.StatusOK {
		return fetch.Refusal(req.URL.Host, res.Status, res.Header, s.Clock.Now())
	}
	list, err := s.Feeds.Accept(ctx, actor, feed.Source{Feed: s.Feed, Name: i.File, Size: max(res.Size, 0), Reader: res.Body, Door: Name})
	if err != nil {
		return err
	}
	if s.Accepted != nil {
		s.Accepted()
	}
	intake := ""
	if len(list) > 0 { // an archive may be empty
		intake = list[0].ID
	}
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error { return settle(tx, s.Feed, i.ID, intake, s.Clock.Now()) })
}

// list asks for the reports of the last days that the feed is for. Tomorrow is asked for too: the service's day need not be ours.
func (s *Service) list(ctx context.Context) ([]item, error) {
	today := s.Clock.Now().UTC()
	question := map[string]any{
		"date": today.AddDate(0, 0, -s.Terms.APIDays).Format(time.DateOnly) + ":" + today.AddDate(0, 0, 1).Format(time.DateOnly),
	}
	if len(s.Terms.APIReports) > 0 {
		question["reports"] = s.Terms.APIReports
	}
	if len(s.Terms.APITypes) == 1 {
		question["type"] = s.Terms.APITypes[0]
	}
	req, err := s.ask(ctx, "reports/list", question)
	if err != nil {
		return nil, err
	}
	res, err := s.asks.Do(req)
	if err != nil {
		return nil, err
	}
	if res.Status != http.StatusOK {
		return nil, fetch.Refusal(req.URL.Host, res.Status, res.Header, s.Clock.Now())
	}
	all, odd, err := parseList(res.Body)
	if odd > 0 {
		s.Log.WarnContext(ctx, "reports with ids that cannot be ones are left out", "feed", s.Feed, "reports", odd)
	}
	return slices.DeleteFunc(all, func(i item) bool {
		return len(s.Terms.APITypes) > 0 && !slices.Contains(s.Terms.APITypes, i.Kind)
	}), err
}

// ask makes a signed request.
func (s *Service) ask(ctx context.Context, method string, question map[string]any) (*http.Request, error) {
	question["apikey"] = s.Terms.APIKey
	body, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	where := strings.TrimSuffix(s.Terms.APIURL, "/") + "/" + method
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, where, strings.NewReader(string(body)))
	if err != nil {
		return nil, problem.New(problem.Invalid, "feeds.%s.api_url in the configuration is no address", s.Feed)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header["HMAC2"] = []string{sign(body, s.Terms.APISecret)} // as the service writes it
	return req, nil
}

func sign(body []byte, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(body) // never fails
	return hex.EncodeToString(mac.Sum(nil))
}

// download makes the request for one report.
func (s *Service) download(ctx context.Context, name string) (*http.Request, error) {
	if s.Terms.APIDownload == "" {
		return s.ask(ctx, "reports/download", map[string]any{"id": name})
	}
	where := strings.TrimSuffix(s.Terms.APIDownload, "/") + "/" + url.PathEscape(name)
	return http.NewRequestWithContext(ctx, http.MethodGet, where, http.NoBody)
}
