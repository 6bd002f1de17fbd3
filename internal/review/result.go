package review

import (
	"parley.example/parley"
	"parley.example/parley/clock"
)

// Format is the first member of every review. REVIEW-14
const Format = "parley/review/v1"

// Review is the account at a cut. Its JSON has one spelling. Times are written no
// finer than the clock counts. REVIEW-12, REVIEW-14
type Review struct {
	Format      string          `json:"review"`
	Agreement   parley.Hash     `json:"agreement"`
	Parties     [2]parley.Party `json:"parties"`
	Cut         Cut             `json:"cut"`
	Commitments []Commitment    `json:"commitments"`
	Requests    []Requests      `json:"requests"`   // asked, offered, given; exercises apart
	Void        []Void          `json:"void"`       // entries between the two that are no messages
	Unreadable  []string        `json:"unreadable"` // entries that the addressee says it could not open
	Closed      []string        `json:"closed"`     // entries between the two whose facts are not open here
}

// Commitment is one promise and how each of the two stands to it.
type Commitment struct {
	ID      string `json:"id"`
	Title   string `json:"title"` // in English, or the first language of the text
	Article string `json:"article,omitempty"`
	Sort    string `json:"sort"`
	Clock   string `json:"clock,omitempty"`
	Owed    []Owed `json:"owed"`
}

// Owed is what one party owes the other under a commitment.
type Owed struct {
	By        parley.Party `json:"by"`
	Counts    Counts       `json:"counts"`
	Exercises Counts       `json:"exercises"` // counted apart
	Rows      []Row        `json:"rows"`
}

// Counts are small numbers, shown as numbers. REVIEW-12
type Counts struct {
	Due         int `json:"due"` // rows: what the clock was to be met for
	Met         int `json:"met"`
	Late        int `json:"late"`
	Disputed    int `json:"disputed"`
	Undelivered int `json:"undelivered"`
	Open        int `json:"open"`
	Withdrawn   int `json:"withdrawn"`
	Refused     int `json:"refused"`    // of all rows: answered by a refusal with a reason
	Unanswered  int `json:"unanswered"` // of those late: nothing in the other's journal up to the cut answers
	Contested   int `json:"contested"`  // of all rows: the other side says it does not belong here, or was answered elsewhere
}

// Row is one thing that was owed.
type Row struct {
	Name       string            `json:"row"` // what a remark names
	Message    string            `json:"message,omitempty"`
	ID         string            `json:"id,omitempty"`
	Kind       parley.Kind       `json:"kind,omitempty"`
	Step       string            `json:"step,omitempty"`
	Precedence parley.Precedence `json:"precedence,omitempty"`
	From       parley.Body       `json:"from,omitempty"`
	To         []parley.Body     `json:"to,omitempty"`
	Exercise   bool              `json:"exercise,omitempty"`
	Sent       string            `json:"sent,omitempty"`
	Delivered  string            `json:"delivered,omitempty"`
	Held       string            `json:"held,omitempty"` // how: delivered, tendered, answered; gone
	Started    string            `json:"started,omitempty"`
	Due        string            `json:"due,omitempty"`
	Verdict    clock.Verdict     `json:"verdict"`
	Why        string            `json:"why,omitempty"` // disputed: interval, due, clock, calendar, count
	Answer     *Answer           `json:"answer,omitempty"`
	Silence    *Silence          `json:"silence,omitempty"`
	Counted    *Counted          `json:"counted,omitempty"` // recurring
	Withdrawn  string            `json:"withdrawn,omitempty"`
	Contested  []string          `json:"contested,omitempty"`
	Age        string            `json:"age,omitempty"` // open
	Remarks    []Remark          `json:"remarks,omitempty"`
}

// Answer is what met the clock, or came late. REVIEW-7
type Answer struct {
	Entry     string `json:"entry"`
	Says      string `json:"says"`
	Refused   bool   `json:"refused,omitempty"`
	NotBefore string `json:"not_before,omitempty"`
	NotAfter  string `json:"not_after,omitempty"`
}

// Silence is the proof of it: the other's journals, whole up to these sizes, hold
// no answer. REVIEW-9
type Silence struct {
	Journal parley.Origin `json:"journal"`
	Size    uint64        `json:"size"`
	Spoke   string        `json:"spoke,omitempty"` // when that journal's party last said something in it, by its own word
}

// Counted is one period of a recurring promise.
type Counted struct {
	From   string `json:"from"`
	Until  string `json:"until"`
	Wanted int    `json:"wanted"`
	Given  int    `json:"given"` // for certain within the period
	Maybe  int    `json:"maybe"` // whose interval straddles an end of it
}

// Remark is what a side says beside a row. REVIEW-13
type Remark struct {
	By       parley.Party `json:"by"`
	Entry    string       `json:"entry"`
	Language string       `json:"language"`
	Text     string       `json:"text"`
}

// Requests says what one party asked of the other, and what became of it. REVIEW-11
type Requests struct {
	By       parley.Party `json:"by"`
	Of       parley.Party `json:"of"`
	Step     string       `json:"step"`
	Exercise bool         `json:"exercise"`
	Asked    int          `json:"asked"`
	Offered  int          `json:"offered"`
	Given    int          `json:"given"`
}

// Void is an entry that is no message, and why.
type Void struct {
	Entry  string `json:"entry"`
	Reason string `json:"reason"`
}

func (c *Counts) add(r *Row) {
	c.Due++
	switch r.Verdict {
	case clock.Met:
		c.Met++
	case clock.Late:
		c.Late++
	case clock.Disputed:
		c.Disputed++
	case clock.Undelivered:
		c.Undelivered++
	case clock.Open:
		c.Open++
	case clock.Withdrawn:
		c.Withdrawn++
	}
	if r.Answer != nil && r.Answer.Refused {
		c.Refused++
	}
	if r.Verdict == clock.Late && r.Answer == nil && r.Counted == nil {
		c.Unanswered++
	}
	if len(r.Contested) > 0 {
		c.Contested++
	}
}
