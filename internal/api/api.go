// Package api is the JSON face of Firehall: what the pages show and do, for programs, below /api/v1.
//
// It holds no rules: each operation asks a room, which authorises. The rules of the face are the same for all operations: unknown fields and
// parameters are refused, errors are problem details (RFC 9457) that say what to do, lists are paged by cursors, answers to GET carry an ETag
// (RFC 9110 §8.8.3), what changes something may carry an Idempotency-Key, or that ETag as If-Match, and nobody may ask without end. /api/v1/openapi.json describes every
// operation, those that are plain handlers too; /api/v1/docs shows it to people.
package api

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/door/token"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/record"
	"github.com/firehall/firehall/internal/identity/session"
	apitoken "github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/incident/dossier"
	"github.com/firehall/firehall/internal/incident/figure"
	"github.com/firehall/firehall/internal/incident/lesson"
	"github.com/firehall/firehall/internal/incident/liaison"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/incident/playbook"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/notification/texts"
	"github.com/firehall/firehall/internal/platform/idempotent"
	"github.com/firehall/firehall/internal/platform/live"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/give"
	"github.com/firehall/firehall/internal/sharing/hear"
	"github.com/firehall/firehall/internal/sharing/indicator"
	"github.com/firehall/firehall/internal/sharing/poll"
)

// Root is where the API lies.
const Root = "/api/v1"

// Options is what the API asks. All of it is needed, but for what a remark excepts.
type Options struct {
	Clock           clock.Clock
	Log             *slog.Logger
	Version         string
	Sessions        *session.Manager
	Accounts        *account.Accounts
	Programs        *apitoken.Tokens
	Repeats         *idempotent.Store
	Desk            *desk.Desk
	Board           *desk.Board
	Bulk            *desk.Bulk
	Jobs            *desk.Jobs
	Imports         *desk.Imports
	Register        *constituency.Register
	Teams           *team.Service // nil: there is no directory
	Feeds           *feed.Service
	Tokens          *token.Tokens
	Notify          *notification.Service
	Texts           *texts.Store
	Delivery        *delivery.Service
	Tasks           *queue.Queue
	Release         *release.Service
	RecipientOf     func(ctx context.Context, actor identity.Actor, name string) (release.Recipient, error) // whom a person names
	Record          *record.Record
	Incidents       *incident.Service
	Countermeasures *countermeasure.Service
	Clocks          *obligation.Service // nil: there are none
	Live            *live.Hub           // nil: nothing is told as it happens
	BaseURL         string              // where browsers reach the pages, for links

	Playbooks *playbook.Service
	Lessons   *lesson.Service
	Liaison   *liaison.Service

	// Observables keeps what was seen in incidents.
	Observables *observable.Service

	// Sharing keeps what is shared with fellow teams, Poll asks their servers.
	Sharing *sharing.Service
	// Indicators keeps what is known of indicators.
	Indicators *indicator.Service
	Give       *give.Service
	Poll       *poll.Poller
	Hear       *hear.Hearer // hands on what fellow teams tell
	// Orders has what takes long with what is shared done by jobs.
	Orders *sharing.Orders

	// Figures says how the team does, Dossier makes the reports of incidents that are printed.
	Figures *figure.Service
	Dossier *dossier.Service
	// FeedTerms are the terms of a feed that the configuration has; false for another.
	FeedTerms func(name string) (release.Terms, bool)
	// KnowsFeed is nil for a feed that can be taken in.
	KnowsFeed func(name string) error
	// Push takes what is pushed to feeds, at Root/feeds/{feed}/push and Root/uploads/{id}; it knows who may by the token. nil: nothing is.
	Push http.Handler
}

// API answers programs.
type API struct {
	Options
	huma  huma.API
	plain *http.ServeMux
	rates *rates
}

// New makes the API.
func New(o Options) *API {
	a := &API{Options: o, plain: http.NewServeMux(), rates: newRates(o.Clock)}
	a.huma = humago.New(a.plain, settings(o.Version))
	for _, add := range []func(){
		a.addEvents, a.addFindings, a.addOrganisations, a.addTeams, a.addLookup, a.addIntelMQ, a.addMessages, a.addStops, a.addTasks, a.addFeeds, a.addTokens, a.addJobs,
		a.addOverview, a.addSessions, a.addPeople, a.addBatches, a.addTexts, a.addSaved, a.addReleases, a.addPush, a.addStreams, a.addAudit, a.addReports, a.addIncidents, a.addObservables, a.addTimeline, a.addCountermeasures, a.addPlaybooks, a.addLessons, a.addLiaison, a.addClocks, a.addFiles, a.addFigures, a.addSharing, a.addIndicators, a.addDocs,
	} {
		add()
	}
	return a
}

// settings describes the face to huma: no links to schemas, no pages of others, unknown parameters refused.
func settings(version string) huma.Config {
	c := huma.DefaultConfig("Firehall", version)
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.Info.Description = "What a CSIRT's clearing house knows and does. Times are RFC 3339 in UTC."
	c.DocsPath, c.SchemasPath, c.OpenAPIPath, c.CreateHooks = "", "", Root+"/openapi", nil
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{brief}
	c.Servers = []*huma.Server{{URL: "/"}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		securitySession: {Type: "apiKey", In: "cookie", Name: "firehall_session", Description: "The session of somebody who logged in; by TLS the cookie is called __Host-firehall_session."},
		securityToken:   {Type: "http", Scheme: "bearer", Description: "A token for pushing to one feed: firehall feed token FEED."},
		securityProgram: {Type: "http", Scheme: "bearer", Description: "A token of a program: firehall token add NAME --scope SCOPES. It opens what its scopes say, as far as whoever made it may do that."},
	}
	return c
}

// The names of the security schemes.
const (
	securitySession = "session"
	securityToken   = "feedToken"
	securityProgram = "token"
)

// bySessionOrToken is who may ask most things: people and programs.
func bySessionOrToken() []map[string][]string {
	return []map[string][]string{{securitySession: {}}, {securityProgram: {}}}
}

// schemaName names a type in the description: rooms' types by room, since two rooms may use one word.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	path := t.PkgPath()
	if strings.HasSuffix(path, "/sharing/indicator") { // incidents have indicators too
		return "SharedIndicator" + strings.TrimPrefix(name, "Indicator")
	}
	room := path[strings.LastIndexByte(path, '/')+1:]
	if room == "" || room == "api" || room == "huma" || room == "desk" || strings.Contains(t.Name(), "[") || strings.EqualFold(room, name) {
		return name
	}
	return strings.ToUpper(room[:1]) + room[1:] + name
}

// Handler answers everything below Root.
func (a *API) Handler() http.Handler {
	return caught(a.Log, a.Sessions.Wrap(crossOrigin(a.limited(a.repeated(a.matched(tagged(a.plain)))))))
}

// Description is the OpenAPI document.
func (a *API) Description() *huma.OpenAPI { return a.huma.OpenAPI() }

// operation is what an operation is called.
type operation struct {
	method, path, id, tag, summary string
	detail                         string
	status                         int   // of success; 0: 200
	clashes                        bool  // its 409 may hold the texts of two people
	limit                          int64 // of the body, in bytes; 0: maxBody
}

// add adds an operation: h gets who asks, and its errors become problem details.
func add[In, Out any](a *API, o operation, h func(ctx context.Context, actor identity.Actor, in *In) (*Out, error)) {
	codes := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusInternalServerError}
	if o.method != http.MethodGet {
		codes = append(codes, http.StatusConflict)
	}
	var answers map[string]*huma.Response
	if o.clashes {
		schema := huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, typeOf[Conflict]())
		answers = map[string]*huma.Response{"409": {Description: "Conflict", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}}
	}
	huma.Register(a.huma, huma.Operation{
		Responses: answers, Method: o.method, Path: Root + o.path, OperationID: o.id, Summary: o.summary, Description: o.detail, Tags: []string{o.tag}, DefaultStatus: o.status,
		Errors: codes, Security: bySessionOrToken(), MaxBodyBytes: cmp.Or(o.limit, maxBody),
	}, func(ctx context.Context, in *In) (*Out, error) {
		actor, ok := actorIn(ctx)
		if !ok {
			return nil, fault(http.StatusUnauthorized, unknown)
		}
		out, err := h(ctx, actor, in)
		if err != nil {
			return nil, a.problemOf(ctx, err)
		}
		return out, nil
	})
}

// maxBody is the longest body of an operation in JSON.
const maxBody = 1 << 20
