package taxii

// The resources of OASIS TAXII 2.1, as far as they are not written from stored octets.

// discovery: §4.1.1.
type discovery struct {
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Contact     string   `json:"contact,omitempty"`
	Default     string   `json:"default,omitempty"`
	APIRoots    []string `json:"api_roots"`
}

// apiRoot: §4.2.1.
type apiRoot struct {
	Title            string   `json:"title"`
	Description      string   `json:"description,omitempty"`
	Versions         []string `json:"versions"`
	MaxContentLength int64    `json:"max_content_length"`
}

// collections: §5.1.1.
type collections struct {
	Collections []Collection `json:"collections,omitempty"`
}

// Status: §4.3.1.
type Status struct {
	ID               string   `json:"id"`
	Status           string   `json:"status"` // complete or pending
	RequestTimestamp string   `json:"request_timestamp"`
	TotalCount       int      `json:"total_count"`
	SuccessCount     int      `json:"success_count"`
	Successes        []Detail `json:"successes,omitempty"`
	FailureCount     int      `json:"failure_count"`
	Failures         []Detail `json:"failures,omitempty"`
	PendingCount     int      `json:"pending_count"`
	Pendings         []Detail `json:"pendings,omitempty"`
}

// Detail: §4.3.1, status-details.
type Detail struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Message string `json:"message,omitempty"`
}

// manifest: §5.3.1.
type manifest struct {
	More    bool     `json:"more"`
	Next    string   `json:"next,omitempty"`
	Objects []record `json:"objects"`
}

// record: §5.3.1, manifest-record.
type record struct {
	ID        string `json:"id"`
	DateAdded string `json:"date_added"`
	Version   string `json:"version"`
	MediaType string `json:"media_type,omitempty"`
}

// versionList: §5.8.1.
type versionList struct {
	More     bool     `json:"more"`
	Next     string   `json:"next,omitempty"`
	Versions []string `json:"versions"`
}

// trouble is the error message: §3.6.1.
type trouble struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	ErrorID     string `json:"error_id,omitempty"`
	HTTPStatus  string `json:"http_status"`
}

// nothing is what an empty page is: §3.7, §5.3.1, §5.8.1.
type nothing struct{}
