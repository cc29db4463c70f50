const SECTIONS = [
 {
  "href": "approvals.html#approvals",
  "title": "Approvals",
  "text": "For: department leads, approvers, sales Tickets, contracts and billing data go through approval flows. Each submission is a request of its own; what was decided is never changed or deleted. What waits for me"
 },
 {
  "href": "approvals.html#ask-somebody-else",
  "title": "Ask somebody else",
  "text": "With Transfer…, somebody decides instead of you; say why. With Add Approver…, a colleague is asked first, and you still decide."
 },
 {
  "href": "approvals.html#be-replaced-while-you-are-away",
  "title": "Be replaced while you are away",
  "text": "Open Approvals ‣ Delegations and click New. Choose who Decides Instead and the days; you may name only some Flows. In that time they see your requests; the history says who decided for whom."
 },
 {
  "href": "approvals.html#decide-from-an-e-mail",
  "title": "Decide from an e-mail",
  "text": "Open the mail that says what waits for you, read it, and click its button. The browser shows a page to confirm; log in and confirm. Opening the mail alone decides nothing."
 },
 {
  "href": "approvals.html#decide-on-many",
  "title": "Decide on many",
  "text": "Tick several rows of the list. Click Approve, Reject or Transfer on top, and comment once."
 },
 {
  "href": "approvals.html#decide-on-what-waits-for-you",
  "title": "Decide on what waits for you",
  "text": "Open Approvals ‣ To Approve and click a row: at the right stand summary, amount and progress; Open Document shows the document itself. Click Approve, or Approve with Comment…. Click Reject and say why: the document becomes a draft again; Return… sends it back to an earlier stage. Then the next one opens by itself."
 },
 {
  "href": "approvals.html#follow-what-you-submitted",
  "title": "Follow what you submitted",
  "text": "Open Approvals ‣ My Requests: whose turn it is, and since when. If it is not needed any more, click Withdraw. Leads and auditors see the times of each flow and approver in Approvals ‣ Statistics."
 },
 {
  "href": "bureau.html#close-the-month",
  "title": "Close the month",
  "text": "Look at Gaps in Paper Numbers: a form that neither the bureau nor you know was lost or never entered. When nothing is to be settled, click Close the Month. Its figures are sealed, and the VAT sheet is drawn from them and says who closed it. A list or a ticket that changes something opens the month again and asks finance to look. To change something yourself, click Open Again and say why. Closings keeps what was closed before, by whom, and whether the seal is intact."
 },
 {
  "href": "bureau.html#have-the-codes-ready",
  "title": "Have the codes ready",
  "text": "Download the bureau's classification list. In Tax Bureau ‣ Tax Classification Codes, click Import… and choose it. Import the next edition the same way: what is there is brought up to date. In Tax Bureau ‣ Products and Codes, tick products, click Give Tax Classification and choose the code; or give it to their category. New lines take the code of their product. Tax Bureau ‣ Lines without Code lists what would not pass. Download the bulk issue workbook from the electronic tax bureau and upload it, as it came, in Tax Bureau ‣ Templates."
 },
 {
  "href": "bureau.html#put-the-month-beside-the-tickets",
  "title": "Put the month beside the tickets",
  "text": "A month beside the tickets Export the list of the month in the electronic tax bureau and drop the xlsx files as they came. Tax Bureau Lists, below Tax Bureau, says of each what was taken and what not. In the same place choose Months at the Tax Bureau, open the month and click Settle Differences. Only at the Bureau: Create Tickets, Issue What Fits, or open the row and Match With a Ticket. Only Here: where a number was mistyped, Take the Bureau's Number. Differs: look at both sides; where the bureau is right, Take the Bureau's Values. Voided or red-lettered there, valid here: Void Here or Red Letter. What is right as it is, Explain: the reason holds as long as neither side changes. Explained Differences lists them, and takes one back."
 },
 {
  "href": "bureau.html#send-a-batch",
  "title": "Send a batch",
  "text": "A batch for the tax bureau In Tax Bureau ‣ To the Tax Bureau, tick approved tickets and click Tax Bureau Batch. For a single one, click Add to Tax Bureau Batch on the ticket itself. What would be refused stands under To Be Mended, with the reason: Mend It, or Take Codes of the Products; then Check Again. Click Make the Batch: the tickets under Ready to Go go, the others stay for the next one. Download the workbook and upload it in the electronic tax bureau. Red letters are a batch of their own: a list to enter by hand. A line below zero goes out as the discount (折扣金额) of a line above it with the same code and tax rate and a larger amount: both become one row, and the code of the discount may stay empty. Without such a line, or where the discount takes off all of it, the ticket stands under To Be Mended: move the discount below its line, or lower the price; what is free altogether, remove with its discount."
 },
 {
  "href": "bureau.html#take-in-what-comes-back",
  "title": "Take in what comes back",
  "text": "Drop the files of the fapiao, or the bureau's list of all fapiao (全量发票查询), where e-invoice files are dropped. What agrees with a ticket of the batch issues it. Open the batch in Tax Bureau ‣ Tax Bureau Batches: each ticket says what came of it. Of a ticket that the bureau turned down, click Refused… and enter what it said. Mend the ticket and send it again. One that is not needed now, Take Out. A batch that was never uploaded, Cancel Batch."
 },
 {
  "href": "bureau.html#the-tax-bureau-s-desk",
  "title": "The tax bureau's desk",
  "text": "For: finance, auditors What goes to the tax bureau and what comes back: tickets leave as a workbook, fapiao return as files or as the bureau's list, and each month is put beside the tickets and closed. All of it hangs below Tax Bureau."
 },
 {
  "href": "checks.html#check-now",
  "title": "Check now",
  "text": "In Reporting ‣ Data Check ‣ Checks, finance clicks Check Now. A job looks; go on working. The check says how many it found, which are New, and which are gone. A check that failed is named, and what it found before stands. Print the Report of the Check of the latest one. Those before it keep their counts; what they found stands with the latest."
 },
 {
  "href": "checks.html#choose-what-is-checked",
  "title": "Choose what is checked",
  "text": "In Configuration ‣ Data Check, ticket managers set Switched On and the limit in Days, each for their company. In Configuration ‣ Settings, Findings That Are Nobody's names the owner of what nobody is in charge of."
 },
 {
  "href": "checks.html#let-something-stay",
  "title": "Let something stay",
  "text": "In Reporting ‣ Data Check ‣ All Findings, tick what is right as it is, click Accept and say why. It stays Accepted as long as the facts are the same; when they change, it is new and asks for a reason again. Take Back lets it count again."
 },
 {
  "href": "checks.html#mend-what-is-yours",
  "title": "Mend what is yours",
  "text": "One activity tells you how many findings are yours. Open Reporting ‣ Data Check ‣ My Findings. Open one: What Is Wrong names the facts, How To Mend It the way. Click Open the Record and mend it. The next check finds it no more: then it is Gone."
 },
 {
  "href": "checks.html#the-data-check",
  "title": "The data check",
  "text": "For: everybody who is in charge of tickets, customers or contracts; finance, ticket managers, auditors Each quarter, and whenever finance asks, all data of the company are looked at: rules of the ledger, approvals and their seals, customers, tickets, money, parcels and files. What is wrong has an owner, and says how to mend it. What was found"
 },
 {
  "href": "collections.html#collections-and-settling",
  "title": "Collections and settling",
  "text": "For: finance, sales Import bank statements, match what customers paid, settle a customer on one page, and check that orders, invoices, tickets and payments agree. Receivables by age"
 },
 {
  "href": "collections.html#import-a-bank-statement",
  "title": "Import a bank statement",
  "text": "Open Collections ‣ Bank Statements, click Upload Statements and choose the Excel, CSV or OFX file of your bank. Click Look at the Files and check the First Lines; lines that are there already are left out. Click Import, then Match What Came In."
 },
 {
  "href": "collections.html#match-what-customers-paid",
  "title": "Match what customers paid",
  "text": "For each payment stand the proposed customer, what it Pays, and the Reasons. If it is right, click Accept; or Accept All Certain. If not, click Choose and name customer and documents; what no customer paid, tick it and click Not From a Customer. What was booked wrongly, take back with Undo."
 },
 {
  "href": "collections.html#see-what-is-due",
  "title": "See what is due",
  "text": "Worklists ‣ Ticketed, Not Collected lists issued tickets that are not paid in full. Reporting ‣ Receivables by Age shows by customer what is not due and what is late by how long; click a row for the customer's account. Reporting ‣ Receivable Items lists them one by one."
 },
 {
  "href": "collections.html#settle-a-customer",
  "title": "Settle a customer",
  "text": "Open the customer and click Settle on top. Tick what is paid and click Register Payment; to use what was paid on account, Use Payment on Account. Where your company takes payments online, tick and click Payment Link for the customer; for a receipt, click Receipt on the payment."
 },
 {
  "href": "collections.html#three-way-check",
  "title": "Three-way check",
  "text": "Open Reporting ‣ Three-Way Check: each difference between orders, customer invoices, tickets and payments has a column. Click a row to see which documents make it. Worklists ‣ Ticketed Too Much comes first: more was ticketed than there was to ticket."
 },
 {
  "href": "contracts.html#bill-by-the-plan",
  "title": "Bill by the plan",
  "text": "Open Planned Bills and click a row. Click Make Now: a ticket or customer invoice is there, amount and content filled in. If this one is not to be billed, click Skip and say why; Take Back undoes it later."
 },
 {
  "href": "contracts.html#close-or-cancel-a-contract",
  "title": "Close or cancel a contract",
  "text": "When all is done, click Close; Reopen if need be. To end it early, click Cancel Contract: the tickets that it concerns are listed, and you decide what becomes of them."
 },
 {
  "href": "contracts.html#contracts-orders-and-planned-bills",
  "title": "Contracts, orders and planned bills",
  "text": "For: sales, finance Contracts and orders say how much can be ticketed. Tickets never exceed the contract; what is ticketed, in progress and left is on its page. A contract"
 },
 {
  "href": "contracts.html#plan-tickets-and-collections",
  "title": "Plan tickets and collections",
  "text": "On the contract's tab Milestones, write row by row Planned For, Kind and Amount. For monthly or quarterly fees, add a row on the tab Recurring Bills: Every … Months, On Day, Amount. When the day comes, the bill stands in Planned Bills."
 },
 {
  "href": "contracts.html#ticket-a-contract-an-order-or-a-payment",
  "title": "Ticket a contract, an order or a payment",
  "text": "Open the contract and click New Ticket; or an order in Orders and click Create Ticket. The amount is what is left. For several tickets, click Split into Tickets and fill the amount of each. Where a customer has paid without a ticket, click Create Ticket in the row of Worklists ‣ Received, Not Ticketed."
 },
 {
  "href": "contracts.html#write-a-contract-and-submit-it",
  "title": "Write a contract and submit it",
  "text": "Open Contracts, click New, and fill Subject, Customer and Amount. Choose the Sales Orders, if any, and fill Signed On and the term. Click Submit. Once approved, the contract is Active and can be ticketed."
 },
 {
  "href": "customers.html#confirm-data-that-have-not-been-looked-at-for-long",
  "title": "Confirm data that have not been looked at for long",
  "text": "Open Customers ‣ Billing Data to Be Confirmed. Click Still Right where they are; where you do not know, open the customer and click Ask the Contact: they answer behind a link in the mail."
 },
 {
  "href": "customers.html#customers-and-billing-data",
  "title": "Customers and billing data",
  "text": "For: sales, finance Billing data are title, tax number, address, phone, bank and account. When they are complete and verified, no ticket comes back to be written again. Billing data of a customer"
 },
 {
  "href": "customers.html#import-many-customers",
  "title": "Import many customers",
  "text": "Open Customers ‣ Import and drop an Excel or CSV file, or click Upload File. The file is checked first, nothing is written. The tab To Correct shows rows and reasons. Click Import the Good Rows; for the others Download Rows to Correct, mend them and upload them again. If it was the wrong file, click Undo the Import."
 },
 {
  "href": "customers.html#make-a-customer-from-what-they-sent",
  "title": "Make a customer from what they sent",
  "text": "Open Customers ‣ New from Billing Data. Paste the text of a chat or mail into Text of the Customer; or drop a picture of the QR code, a screenshot or an earlier e-invoice. Check what was read: Billing Title, Tax Number and the rest. A wrong tax number or a customer who is there already is pointed out. Click Take Over; the customer is made."
 },
 {
  "href": "customers.html#merge-customers-who-are-there-twice",
  "title": "Merge customers who are there twice",
  "text": "Open Customers ‣ Duplicate Customers: who shares tax number, title and the like. Tick those of one group, click Merge…, choose who stays, check and merge. Tickets, contracts and payments go to the one who stays. If they are two, click Not Duplicates; they are not shown again."
 },
 {
  "href": "customers.html#renew-the-billing-data-of-a-customer",
  "title": "Renew the billing data of a customer",
  "text": "Open the customer in Customers ‣ Customers and go to the tab Billing. Click Paste Billing Data, paste the new text, compare with What the Customer Has Now and click Take Over. Or change the fields. A change of title, tax number or account is approved again; until then new tickets keep the old values."
 },
 {
  "href": "customers.html#submit-for-verification",
  "title": "Submit for verification",
  "text": "On the tab Billing, look at Completeness and fill what Missing names. Upload the Business Licence, so that approvers can compare. Click Submit for Approval. Once approved, Billing State is Verified."
 },
 {
  "href": "files.html#check-the-evidence",
  "title": "Check the evidence",
  "text": "On the file's tab E-Invoice, Evidence for Each Value says where each value comes from and whether they agree. The tab Original shows the file itself. A file that is Contradictory never enters a ticket by itself."
 },
 {
  "href": "files.html#e-invoice-files",
  "title": "E-invoice files",
  "text": "For: finance Upload what the tax platform or a mail gave you: XML, OFD, PDF, pictures of the QR code, archives of them. They are read, find their tickets, and issue them. E-invoice files"
 },
 {
  "href": "files.html#settle-what-is-undecided",
  "title": "Settle what is undecided",
  "text": "Open a file that Needs You: the reason stands on top, and under Which ticket is it? what each candidate has in common with it, and what not. On the right one, click This One; where there is none, Create a New Ticket. What is not yours, click Put Aside."
 },
 {
  "href": "files.html#take-files-by-e-mail",
  "title": "Take files by e-mail",
  "text": "Once the manager has named an address in the settings, forward mails with invoices to it. Their files are To Be Confirmed; they issue tickets when finance clicks Confirm."
 },
 {
  "href": "files.html#upload-files",
  "title": "Upload files",
  "text": "Open Tickets ‣ E-Invoice Files and click Upload E-Invoices, several at once if you like; or drop files on the list of tickets. They are read in the background: go on working. Result says what became of each: Issued, Attached, Needs You or Refused, and why."
 },
 {
  "href": "files.html#when-the-match-is-wrong",
  "title": "When the match is wrong",
  "text": "Open the file and click Take Back: file and ticket part, and the ticket is what it was before. Choose another candidate, or click Read Again."
 },
 {
  "href": "index.html#find",
  "title": "Find",
  "text": "Click Conditions above a list and choose fields and values, up to three conditions together. To find many at once, click Many Values and paste a column of numbers, names or tracking numbers from Excel; those not found are listed. The button with a date offers periods such as Last Month and This Quarter; above the list stand count and sums. Keep conditions that you need often as a favourite in the menu of the search box, and share it if you like."
 },
 {
  "href": "index.html#look-at-a-record-beside-the-list",
  "title": "Look at a record beside the list",
  "text": "In lists of tickets, contracts, shipments, approvals or e-invoice files, click a row: a panel opens at the right, and the list stays. Arrow keys go to the previous and the next one; Esc closes the panel. Click a field in the panel to change it; Enter saves that one field, Esc leaves it as it was. Double-click the row for the full form. The funnel above the panel, Show only what is filled in, hides what is empty. F1 in a field explains it."
 },
 {
  "href": "index.html#scan",
  "title": "Scan",
  "text": "Scan the QR code of a fapiao on any screen of the app: its ticket opens, or a new one starts. The barcode of a parcel opens the parcel; the QR code of billing data opens the customer or starts a new one. On a phone, Scan at the top right uses the camera."
 },
 {
  "href": "index.html#start-the-day-on-the-overview",
  "title": "Start the day on the overview",
  "text": "After login, Overview opens: what waits for you on top, this month against the last one below. Click a card to open its list; a red number is overdue. Go back at the top left when you are done; the numbers follow."
 },
 {
  "href": "index.html#the-first-time",
  "title": "The first time",
  "text": "The administrator gives each user a role, see Settings. Open Our Billing Data and check your company's title, tax number and account. Make the first customer in Customers ‣ New from Billing Data. Upload the first fapiao file in Tickets ‣ E-Invoice Files."
 },
 {
  "href": "index.html#tickets-the-manual",
  "title": "Tickets: the Manual",
  "text": "This manual goes by roles and by daily tasks: few to a chapter, step by step. The question mark at the top right opens the chapter of the screen in front of you; so does the link on an empty list. Role Chapters Sales Customers and billing data, Contracts, orders and planned bills, Tickets, Reminders and statements, The data check Department leads, approvers Approvals, Reports, VAT, export and audit Finance Tickets, E-invoice files, Sending: e-mail and parcels, Collections and settling, The tax bureau's desk, Reports, VAT, export and audit, The data check Ticket managers, administrators Settings Auditors Reports, VAT, export and audit, The data check Overview"
 },
 {
  "href": "reminders.html#remind-one-customer-or-of-one-ticket",
  "title": "Remind one customer, or of one ticket",
  "text": "Open the customer or the overdue ticket and click Remind or Remind of Payment. Check the preview and click Send."
 },
 {
  "href": "reminders.html#reminders-and-statements",
  "title": "Reminders and statements",
  "text": "For: sales, finance What is due and not paid is reminded step by step, as the reminder plan says; statements of account let customers confirm the balance. Reminders that were sent"
 },
 {
  "href": "reminders.html#see-what-came-of-it",
  "title": "See what came of it",
  "text": "Reminders ‣ Sent is the register; reminding ends by itself once the money is in. Reminders ‣ Failed lists what did not arrive; correct the address and click Send. Until then it is tried once a day while it is due; the home page counts these."
 },
 {
  "href": "reminders.html#send-statements-of-account",
  "title": "Send statements of account",
  "text": "Open Customers ‣ Send Statements, fill the days and click Show Preview. Check Who Gets a Statement and click Send; to send later, Prepare Only. Customers follow the link in the mail and confirm the balance, or name another amount. Their answers stand in Customers ‣ Statements of Account; where they differ, check and click Settle…."
 },
 {
  "href": "reminders.html#send-what-is-due",
  "title": "Send what is due",
  "text": "Open Reminders ‣ To Send Now and check customers, amounts and preview in To Be Reminded. Who gets nothing, and why explains the others. Click Send."
 },
 {
  "href": "reminders.html#wait-as-agreed-with-the-customer",
  "title": "Wait, as agreed with the customer",
  "text": "Click Stop Reminders… on the ticket, or Agree With the Customer… on a reminder, and fill reason and date. Reminders ‣ Stopped and Agreed lists them all; Resume ends one early."
 },
 {
  "href": "reports.html#audit",
  "title": "Audit",
  "text": "Auditors see every document and change none. Reporting ‣ Register of Voids and Red Letters lists each void and red letter with its reason. On the tab History of a request, click Verify History: it says whether anything was altered. To take home a period: open Reporting ‣ Audit Packages, click New Package, choose the Period, click Make the Package; when it is made, Download."
 },
 {
  "href": "reports.html#count-tickets-and-sales",
  "title": "Count tickets and sales",
  "text": "Reporting ‣ Issued Tickets: number, amount and tax of any period. Reporting ‣ Ticket Analysis: by type, customer, department and month. Reporting ‣ Sales Statistics: against the month and the year before. Reporting ‣ Dashboards: all on one page."
 },
 {
  "href": "reports.html#export",
  "title": "Export",
  "text": "Tick records of a list and choose export in the gear menu. Each export is kept in Reporting ‣ Export Log: who, when, which columns, how many rows."
 },
 {
  "href": "reports.html#know-your-customers",
  "title": "Know your customers",
  "text": "Reporting ‣ Customer Insight: last ticket, frequency, amount and how they pay; customers by class. Reporting ‣ Cross-Selling: what similar customers buy as well."
 },
 {
  "href": "reports.html#prepare-the-vat-return",
  "title": "Prepare the VAT return",
  "text": "Open Reporting ‣ VAT Return: Sales and choose the Month. Click any figure for the tickets that make it. Excel downloads the sheet. Of a month that was closed at the tax bureau's desk it shows the sealed figures."
 },
 {
  "href": "reports.html#reports-vat-export-and-audit",
  "title": "Reports, VAT, export and audit",
  "text": "For: finance, department leads, ticket managers, auditors Sales of the VAT return"
 },
 {
  "href": "sending.html#follow-it-until-it-is-signed-for",
  "title": "Follow it until it is signed for",
  "text": "Worklists ‣ Sent, Not Signed For shows what is under way. Open one in Shipments: Track opens the carrier's page; note what you see with Add Event. When the customer has it, click Mark as Delivered."
 },
 {
  "href": "sending.html#mail-to-one-customer",
  "title": "Mail to one customer",
  "text": "Open the issued ticket and click Send. Check recipients, text and attachments, and send. The tab E-Mails says whether it arrived or came back."
 },
 {
  "href": "sending.html#send-many",
  "title": "Send many",
  "text": "Open Worklists ‣ Issued, Not Sent and tick tickets. Click Send by E-Mail and choose one mail a ticket or one a customer; who has no address is listed first. Click Send."
 },
 {
  "href": "sending.html#sending-e-mail-and-parcels",
  "title": "Sending: e-mail and parcels",
  "text": "For: finance, sales Once issued, the files of a ticket go by e-mail, the paper by courier. A shipment"
 },
 {
  "href": "sending.html#ship",
  "title": "Ship",
  "text": "On the ticket, or with tickets of one customer ticked in the list, click Ship. Choose the Carrier, type or scan the Tracking Number, check recipient and address. When the courier has it, click Handed Over."
 },
 {
  "href": "settings.html#approval-flows",
  "title": "Approval flows",
  "text": "Open Configuration ‣ Approval Flows, click New, choose the Document, and add conditions under Applies To. Add stages on the tab Stages: who decides, Rule, Hours to Decide, and whom to Escalate To. Name the Fallback Approver, who decides when somebody has left or a group is empty. Fast Lanes spare good customers and small amounts some stages; Approve Again names the fields whose change is approved again. Click Try, choose a document, see who would decide, then switch the flow on."
 },
 {
  "href": "settings.html#company-and-users",
  "title": "Company and users",
  "text": "Open Our Billing Data and fill title, tax number, address and account: by them e-invoice files are known as yours. You can copy them for your suppliers as well. The administrator gives each user a role in Odoo's user settings; the department comes from the employee."
 },
 {
  "href": "settings.html#levels-templates-and-carriers",
  "title": "Levels, templates and carriers",
  "text": "Configuration ‣ Customer Levels: default Ticket Type, Ticket Quota and Quota Period. Configuration ‣ Ticket Templates: usual contents and lines; the tab Placeholders explains them. Configuration ‣ Print Templates: how bills, receipts and the like look, with a preview beside. Configuration ‣ Carriers: name and Tracking Page."
 },
 {
  "href": "settings.html#other-settings-administrator",
  "title": "Other settings (administrator)",
  "text": "Open Configuration ‣ Settings: the address for e-invoice files, how large files may be, and whether more than can be ticketed is refused or warned of. To try things out, click Load Samples; afterwards Remove Samples."
 },
 {
  "href": "settings.html#reminder-plans",
  "title": "Reminder plans",
  "text": "Open Configuration ‣ Reminder Plans. Each level is a row: fill Days After the Due Date and tick E-Mail, SMS, Letter or others; open the row for its words. To send by itself, name companies in Send Automatically For; else sales send from the list of what is due."
 },
 {
  "href": "settings.html#settings",
  "title": "Settings",
  "text": "For: ticket managers, administrators An approval flow"
 },
 {
  "href": "settings.html#ticket-types",
  "title": "Ticket types",
  "text": "Open Configuration ‣ Ticket Types and a type. Choose Default Tax, Billing Data Demanded and To Cancel It; Background Colour is used in lists and calendar. Add what else is to be filled in on the tab Custom Fields."
 },
 {
  "href": "tickets.html#follow-it-withdraw-it-change-it",
  "title": "Follow it, withdraw it, change it",
  "text": "The tab Approval shows each step, what was said, and how long it waits. To change it after submitting, click Withdraw; the ticket is a draft again. After approval, a change of lines, customer, contract, title or tax number is approved again; you are told before you save."
 },
 {
  "href": "tickets.html#issue-finance",
  "title": "Issue (finance)",
  "text": "Open Worklists ‣ To Issue and a ticket. With the e-invoice file at hand, click Upload E-Invoices or drop the file on the ticket: number and date are filled in and it is issued; what does not fit is explained. Without a file, click Issue…, fill number and date, and confirm. For many at once, tick them in the list and click Issue. The list of tickets and the panel"
 },
 {
  "href": "tickets.html#keep-a-content-as-a-template",
  "title": "Keep a content as a template",
  "text": "Open a ticket whose content fits, and on the tab Notes click Save as Template. On a new ticket, choose it as Template."
 },
 {
  "href": "tickets.html#tickets-from-draft-to-issue",
  "title": "Tickets: from draft to issue",
  "text": "For: sales, finance Tickets are fapiao, receipts and vouchers. Sales write and submit them; once approved, finance issues them. A ticket to be issued"
 },
 {
  "href": "tickets.html#void-red-letter-reissue-finance",
  "title": "Void, red-letter, reissue (finance)",
  "text": "Open an issued ticket. A digital fapiao is never voided, only red-lettered with Red Letter; receipts and the like are cancelled with Void, as their type says. Click Red Letter and choose the reason; for a part, change quantity or amount of the lines, then click Write Red Letter. The red letter is submitted and issued like any ticket. Once it is, its amount can be ticketed again. To write it anew, click Reissue: a draft is copied, and both are linked."
 },
 {
  "href": "tickets.html#write-a-ticket",
  "title": "Write a ticket",
  "text": "Open Tickets ‣ My Tickets and click New; or start from a contract or an order, which fills it in. Choose Customer and Type. The tab Billing Data takes over title, tax number and the rest; what is missing is named, and Complete the customer lets you add it. On the tab Lines, fill item, quantity, unit price and tax rate; Prices Include Tax says whether the prices contain the tax. Click Submit. Where no approval flow applies, the ticket is approved at once, and says so. A tax or account number that cannot be right is named before, and has to be corrected. Planned Issue Date is today, unless you change it; the calendar shows the ticket on that day until it is issued, and you can drag it to another."
 }
];
