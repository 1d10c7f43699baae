//! The demo's business: clients, and documents in every state.

use anyhow::Context as _;
use chrono::{Days, NaiveDate};
use daybook_domain::crm::client::{Archive, Client, Register, SetBillingDetails};
use daybook_domain::crm::public::BillingDetails;
use daybook_domain::invoicing::invoice::{
    Draft, Issue, Kind, NewLine, Numbering, PaymentMethod, RecordPayment, Send,
};
use daybook_domain::kernel::{ClientId, Currency, InvoiceId, TenantId};
use rust_decimal::Decimal;

use super::script::Script;

/// A client of the demo: its name and where it is.
type Who = (&'static str, &'static str);

/// What is sold: code, description, unit price in thousandths.
const GOODS: [(&str, &str, i64); 6] = [
    ("LMP-01", "Desk lamp, brass", 89_900),
    ("LMP-02", "Floor lamp, oak", 249_000),
    ("BLB-60", "Filament bulb, 60 W", 3_475),
    ("SHD-11", "Linen shade", 18_250),
    ("SRV-01", "Rewiring, per hour", 42_500),
    ("PCK-00", "Packing and carriage", 12_345),
];

/// Documents of each business.
const DOCUMENTS: i64 = 24;

/// Registers the clients; returns their ids in order.
pub(super) async fn register(
    script: &Script,
    tenant: TenantId,
    (subdomain, clients): (&str, &[Who]),
) -> anyhow::Result<Vec<ClientId>> {
    let mut ids = Vec::new();
    for (index, (name, country)) in clients.iter().enumerate() {
        let step = format!("{subdomain}/client/{index}");
        let client_id: ClientId = script.id(&step);
        let register = Register {
            client_id,
            name: (*name).to_owned(),
            external_id: Some(format!("{}", 1_000 + index)),
            country: Some((*country).to_owned()),
            at: script.at,
            ..Register::default()
        };
        script
            .run(tenant, client_id, register, &format!("register/{step}"))
            .await?;
        let billing = BillingDetails {
            payment_terms_days: Some(14),
            currency: Some(Currency::GBP),
            ..BillingDetails::default()
        };
        let billing = SetBillingDetails {
            billing,
            at: script.at,
        };
        script
            .run_or_leave(tenant, client_id, billing, &format!("billing/{step}"))
            .await?;
        ids.push(client_id);
    }
    Ok(ids)
}

/// Drafts, sends and settles documents over the last months, some left open.
pub(super) async fn trade(
    script: &Script,
    tenant: TenantId,
    (subdomain, clients): (&str, &[ClientId]),
) -> anyhow::Result<()> {
    for index in 0..DOCUMENTS {
        let step = format!("{subdomain}/document/{index}");
        let invoice_id: InvoiceId = script.id(&step);
        let at_client = usize::try_from(index).unwrap_or_default() % clients.len().max(1);
        let client_id = clients.get(at_client).context("a demo without clients")?;
        let client = script.store.load::<Client>(tenant, *client_id).await?;
        // Somebody tried what an erasure does: what was there is there, and nothing new comes.
        let Some(client) = client.state.facts() else {
            continue;
        };
        let issued_on = days_ago(script, 5 * (DOCUMENTS - index));
        let draft = Draft {
            invoice_id,
            kind: Kind::Invoice,
            client: client.clone(),
            currency: Some(Currency::GBP),
            country: None,
            lines: lines(script, &step, index),
            tax_rate: Some(Decimal::from(20)),
            issue_on: Some(issued_on),
            due_on: None,
            number: None,
            notes: None,
            reference: None,
            at: script.at,
        };
        // The newest ones are still on the desk.
        if index >= DOCUMENTS - 3 {
            script
                .run(tenant, invoice_id, draft, &format!("draft/{step}"))
                .await?;
            continue;
        }
        let send = Send {
            issued_on: Some(issued_on),
            due_on: None,
            numbering: Numbering::Gapless,
            number: None,
            client,
            at: script.at,
        };
        script
            .run(
                tenant,
                invoice_id,
                Issue { draft, send },
                &format!("issue/{step}"),
            )
            .await?;
        pay(script, tenant, (invoice_id, &step), index).await?;
    }
    Ok(())
}

/// Two of three pay in full, one of six in part, the rest not yet.
async fn pay(
    script: &Script,
    tenant: TenantId,
    (invoice_id, step): (InvoiceId, &str),
    index: i64,
) -> anyhow::Result<()> {
    use daybook_domain::invoicing::invoice::Invoice;
    let invoice = script.store.load::<Invoice>(tenant, invoice_id).await?;
    let outstanding = invoice.state.outstanding();
    let amount = match index % 6 {
        0 | 1 | 3 | 4 => outstanding,
        2 => (outstanding / Decimal::from(2)).round_dp(2),
        _ => return Ok(()),
    };
    if amount <= Decimal::ZERO {
        return Ok(());
    }
    let payment = RecordPayment {
        payment_id: script.id(&format!("payment/{step}")),
        amount,
        received_on: days_ago(script, 1),
        method: PaymentMethod::BankTransfer,
        reference: None,
        at: script.at,
    };
    // A repeat on another day finds less outstanding than the first time, or nothing.
    script
        .run_or_leave(tenant, invoice_id, payment, &format!("pay/{step}"))
        .await
}

/// Puts the last client away, so that there is one to look at.
pub(super) async fn archive_last(
    script: &Script,
    tenant: TenantId,
    (subdomain, clients): (&str, &[ClientId]),
) -> anyhow::Result<()> {
    let Some(client_id) = clients.last() else {
        return Ok(());
    };
    let archive = Archive {
        reason: Some("moved away".to_owned()),
        at: script.at,
    };
    script
        .run_or_leave(tenant, *client_id, archive, &format!("archive/{subdomain}"))
        .await
}

fn lines(script: &Script, step: &str, index: i64) -> Vec<NewLine> {
    let count = 1 + index % 4;
    let line = |number: i64| {
        let good = usize::try_from(index + number).unwrap_or_default() % GOODS.len();
        let (code, description, thousandths) = GOODS.get(good).copied().unwrap_or(("", "", 0));
        NewLine {
            line_id: script.id(&format!("line/{step}/{number}")),
            description: description.to_owned(),
            product_code: Some(code.to_owned()),
            quantity: Decimal::from(1 + (index * 7 + number) % 9),
            unit_price: Decimal::new(thousandths, 3),
        }
    };
    (0..count).map(line).collect()
}

fn days_ago(script: &Script, days: i64) -> NaiveDate {
    let today = script.at.date_naive();
    today
        .checked_sub_days(Days::new(days.unsigned_abs()))
        .unwrap_or(today)
}
