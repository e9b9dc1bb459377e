package notifications

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/stopped"
	"github.com/firehall/firehall/internal/web/ui"
)

// BatchPage is the page of one batch.
type BatchPage struct {
	notification.Batch
	Messages []delivery.Delivery
	Next     core.Cursor
	Stop     *delivery.StopOrder // that stands for it
	Made     []notification.CorrectionMade
	Form     ui.Form
	Preview  *notification.Correction // of a correction that is being written; nil for none
}

func (p *page) batch(w http.ResponseWriter, r *shell.Request) error {
	return p.showBatch(w, r, nil, ui.Form{})
}

func (p *page) showBatch(w http.ResponseWriter, r *shell.Request, preview *notification.Correction, form ui.Form) error {
	b := BatchPage{Preview: preview, Form: form}
	id := r.PathValue("id")
	var err error
	if b.Batch, err = p.o.Notify.Batch(r.Context(), r.Actor, id); err != nil {
		return err
	}
	found, err := p.o.Delivery.List(r.Context(), r.Actor, delivery.Query{Batch: id, Request: cursor(r)})
	if err != nil {
		return err
	}
	b.Messages, b.Next = found.Items, found.Next
	if b.Stop, err = p.stopOf(r, id); err != nil {
		return err
	}
	if b.Made, err = p.o.Notify.Corrections(r.Context(), r.Actor, id); err != nil {
		return err
	}
	status := 0
	if len(form.Wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	title := r.T("notifications.batch.title", "at", b.At.In(r.Zone()).Format("2006-01-02 15:04"))
	return p.Page(w, r, shell.Page{
		Title: title, Section: "notifications", Status: status, Body: batchPage(title, b),
		Crumbs: crumbs(r, ui.Link{Text: r.T("notifications.view.batches"), Href: listURL("batches", nil)}),
	})
}

func (p *page) stopOf(r *shell.Request, batch string) (*delivery.StopOrder, error) {
	orders, err := p.o.Delivery.Stops(r.Context(), r.Actor)
	for _, o := range orders {
		if string(o.Scope) == "batch:"+batch {
			return &o, nil
		}
	}
	return nil, err
}

// correct shows what a correction would do, and to whom it would go; and does it when a person has seen that.
func (p *page) correct(w http.ResponseWriter, r *shell.Request) error {
	id, text := r.PathValue("id"), strings.TrimSpace(r.PostFormValue("text"))
	form := ui.Form{Values: r.PostForm}
	if text == "" {
		form.Wrong = []ui.Wrong{{Field: "text", Text: r.T("notifications.wrong.text")}}
		return p.showBatch(w, r, nil, form)
	}
	if r.PostFormValue("action") != "send" {
		c, err := p.o.Notify.PreviewCorrection(r.Context(), r.Actor, id, text)
		if _, leaks := release.Leaks(err); leaks {
			form.Wrong = []ui.Wrong{{Field: "text", Text: stopped.Words(r.Context(), err)}}
			return p.showBatch(w, r, nil, form)
		}
		if err != nil {
			return err
		}
		return p.showBatch(w, r, &c, form)
	}
	ctx := context.WithoutCancel(r.Context()) // who closes the page does not leave half of them uncorrected
	c, err := p.o.Notify.Correct(ctx, r.Actor, id, text)
	if _, leaks := release.Leaks(err); leaks || problem.Is(err, problem.Invalid) {
		form.Wrong = []ui.Wrong{{Field: "text", Text: stopped.Words(r.Context(), err)}}
		return p.showBatch(w, r, nil, form)
	}
	if err != nil {
		return err
	}
	_ = p.o.React(ctx) // it is done again in seconds anyhow
	return p.Done(w, r, batchURL(id), r.T("notifications.corrected", "n", c.Sent(), "held", len(c.To)-c.Sent(), "recalled", c.Recall))
}

func batchURL(id string) string { return batchesPath + "/" + url.PathEscape(id) }
