package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/identity"
)

type auditInput struct {
	Paged
	Actor     string    `query:"actor" maxLength:"200" doc:"An id, such as os:1000."`
	Operation string    `query:"operation" maxLength:"100" doc:"feed.ingest, or feed for all of a room."`
	Object    string    `query:"object" maxLength:"500"`
	Text      string    `query:"q" maxLength:"200" doc:"Stands anywhere in the entry."`
	From      time.Time `query:"from" doc:"At this time or after."`
	To        time.Time `query:"to" doc:"Before this time."`
}

// AuditEntry is one thing that somebody did.
type AuditEntry struct {
	ID        string    `json:"id"`
	At        time.Time `json:"at"`
	Actor     string    `json:"actor,omitempty"`
	ActorKind string    `json:"actor_kind,omitempty"`
	Via       string    `json:"via,omitempty"`
	Operation string    `json:"operation,omitempty"`
	Object    string    `json:"object,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Before    string    `json:"before,omitempty" doc:"The object as it was, as JSON in a string."`
	After     string    `json:"after,omitempty" doc:"The object as it became, as JSON in a string."`
	Sealed    int64     `json:"sealed,omitempty" doc:"The position in the chain; absent while it waits for the sealer."`
	Erased    bool      `json:"erased,omitempty" doc:"The content was erased on record."`
}

func auditEntryOf(l audit.Line) AuditEntry {
	return AuditEntry{
		ID: l.ID, At: l.At, Actor: l.Actor, ActorKind: l.ActorKind, Via: l.Via, Operation: l.Operation, Object: l.Object, Reason: l.Reason,
		Before: string(l.Before), After: string(l.After), Sealed: l.Sealed,
	}
}

// AuditCheckpoint is a signed end of the chain. Line is what is to be kept.
type AuditCheckpoint struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	Seq  int64     `json:"seq"`
	Line string    `json:"line" doc:"The checkpoint as firehall audit checkpoint prints it: one line of JSON, to be kept on another machine as it is."`
}

func (a *API) addAudit() {
	add(a, operation{method: http.MethodGet, path: "/audit", id: "list-audit", tag: tagHouse, summary: "Who did what, the newest first"}, a.auditList)
	add(a, operation{
		method: http.MethodGet, path: "/audit/checkpoints", id: "list-checkpoints", tag: tagHouse, summary: "Signed checkpoints of the audit record, the newest first",
		detail: "Fetch and keep them on another machine: firehall audit verify --checkpoint FILE finds what was cut off or rolled back since.",
	}, a.checkpointList)
	add(a, operation{method: http.MethodGet, path: "/audit/entries/{id}", id: "get-audit", tag: tagHouse, summary: "One entry of the audit record"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[AuditEntry], error) {
			line, erased, err := a.Record.One(ctx, actor, in.ID)
			out := auditEntryOf(line)
			out.Erased = erased != nil
			return given(out, err)
		})
}

func (a *API) auditList(ctx context.Context, actor identity.Actor, in *auditInput) (*rows[AuditEntry], error) {
	p, err := a.Record.List(ctx, actor, audit.Query{
		Actor: in.Actor, Operation: in.Operation, Object: in.Object, Text: in.Text, From: in.From, To: in.To, Request: in.request(),
	})
	if err != nil {
		return nil, err
	}
	var out []AuditEntry
	for _, l := range p.Items {
		out = append(out, auditEntryOf(l))
	}
	return list(&in.Paged, out, string(p.Next)), nil
}

func (a *API) checkpointList(ctx context.Context, actor identity.Actor, in *Paged) (*rows[AuditCheckpoint], error) {
	p, err := a.Record.Checkpoints(ctx, actor, in.request())
	if err != nil {
		return nil, err
	}
	var out []AuditCheckpoint
	for _, k := range p.Items {
		out = append(out, AuditCheckpoint{ID: k.ID, At: k.At, Seq: k.Seq, Line: k.String()})
	}
	return list(in, out, string(p.Next)), nil
}
