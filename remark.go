package parley

// KindRemark is a side's remark beside a row of a review. It is written to be
// shown: whoever is shown the review reads it. REVIEW-13
const KindRemark Kind = "remark"
